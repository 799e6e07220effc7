package posteriors

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
)

// TrainingCurve shows how a training went: loss of gradient and validation rows by epoch.
type TrainingCurve struct{ Networks []TrainingNetwork }

// TrainingNetwork is one network of an ensemble.
type TrainingNetwork struct{ Epoch, Training, Validation []float64 }

// ComputeTrainingCurve reads training.csv of an estimator.
func ComputeTrainingCurve(path string) (*TrainingCurve, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	at, err := t.Need(path, "epoch", "training_loss", "validation_loss")
	if err != nil {
		return nil, err
	}
	f := &TrainingCurve{}
	for r, row := range t.Rows {
		var v [3]float64
		for k := range v {
			if v[k], err = table.ParseFloat(row[at[k]]); err != nil {
				return nil, fmt.Errorf("%s: line %d: %w", path, r+2, err)
			}
		}
		if v[0] == 1 {
			f.Networks = append(f.Networks, TrainingNetwork{})
		}
		if len(f.Networks) == 0 {
			return nil, fmt.Errorf("%s: line %d: epoch %v; 1 is the first", path, r+2, v[0])
		}
		n := &f.Networks[len(f.Networks)-1]
		n.Epoch, n.Training, n.Validation = append(n.Epoch, v[0]), append(n.Training, v[1]),
			append(n.Validation, v[2])
	}
	return f, nil
}

// Draw paints training losses blue, validation losses red.
func (f *TrainingCurve) Draw() *canvas.Canvas {
	c := canvas.New(6.5, 3.6)
	x := canvas.Panel("", "epoch", "loss: mean of -log q")
	x.Legend.Top = true
	for i, n := range f.Networks {
		a, b := canvas.Line(n.Epoch, n.Training, canvas.Faded(canvas.RGB(0x0072B2), 0.7), 1),
			canvas.Line(n.Epoch, n.Validation, canvas.Faded(canvas.RGB(0xD62728), 0.7), 1)
		x.Add(a, b)
		if i == 0 {
			x.Legend.Add("rows that train", a)
			x.Legend.Add("rows that validate", b)
		}
	}
	x.Add(plotter.NewGrid())
	x.Draw(c.Area(0.01, 0.01, 0.99, 0.99))
	return c
}
