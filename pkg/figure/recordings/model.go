package recordings

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// ModelCurves draws the properties of motor neurons that follow the size of the soma, from
// smallest to largest, for docs/model.md.
func ModelCurves(p motorpool.Params) []canvas.Picture {
	const n = 201
	d := make([]float64, n)
	for i := range d {
		d[i] = p.MinDiameterUm + (p.MaxDiameterUm-p.MinDiameterUm)*float64(i)/(n-1)
	}
	m := motorpool.NewNeurons(&p, d)
	var out []canvas.Picture
	for _, curve := range []struct {
		name, title, label string
		y                  []float64
	}{
		{"model_resistance.png", "input resistance", "resistance (kΩ)", m.ResistanceKOhm},
		{"model_rheobase.png", "rheobase", "current (nA)", m.RheobaseNA},
		{"model_ahp_duration.png", "duration of the after-hyperpolarisation", "duration (ms)",
			m.AHPDurationMs},
		{"model_axonal_delay.png", "axonal delay over 0.5 m", "delay (ms)",
			scaled(m.TransmissionDelaysS, 1000)},
	} {
		c := canvas.New(4.6, 3.4)
		plot := canvas.Panel(curve.title, "soma diameter (µm)", curve.label)
		canvas.Fit(plot, d[0], d[n-1], curve.y)
		mean := p.MeanDiameterUm
		plot.Add(canvas.Line([]float64{mean, mean}, []float64{plot.Y.Min, plot.Y.Max}, canvas.Grey, 1,
			vg.Points(4), vg.Points(3)), canvas.Line(d, curve.y, canvas.PoolColour(0), 2))
		plot.Legend.Add(fmt.Sprintf("mean of Gaussian pools, %v µm", mean),
			canvas.Line(nil, nil, canvas.Grey, 1, vg.Points(4), vg.Points(3)))
		plot.Legend.Top = true
		plot.Legend.Left = curve.y[0] < curve.y[n-1]
		plot.Draw(c.Area(0.01, 0.01, 0.99, 0.99))
		out = append(out, canvas.Picture{Name: curve.name, Canvas: c})
	}
	return out
}
