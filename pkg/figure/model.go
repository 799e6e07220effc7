package figure

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/simulation/motorpool"
)

// ModelCurves draws the properties of motor neurons that follow the size of the soma, from
// smallest to largest, for docs/model.md.
func ModelCurves(p motorpool.Params) []Named {
	const n = 201
	d := make([]float64, n)
	for i := range d {
		d[i] = p.MinDiameterUm + (p.MaxDiameterUm-p.MinDiameterUm)*float64(i)/(n-1)
	}
	m := motorpool.NewNeurons(&p, d)
	var out []Named
	for _, c := range []struct {
		name, title, label string
		y                  []float64
	}{
		{"model_resistance.png", "input resistance", "resistance (kΩ)", m.ResistanceKOhm},
		{"model_rheobase.png", "rheobase", "current (nA)", m.RheobaseNA},
		{"model_ahp_duration.png", "duration of the after-hyperpolarisation", "duration (ms)", m.AHPDurationMs},
		{"model_axonal_delay.png", "axonal delay over 0.5 m", "delay (ms)", scaled(m.TransmissionDelaysS, 1000)},
	} {
		canvas := newCanvas(4.6, 3.4)
		plot := panel(c.title, "soma diameter (µm)", c.label)
		fit(plot, d[0], d[n-1], c.y)
		mean := p.MeanDiameterUm
		plot.Add(line([]float64{mean, mean}, []float64{plot.Y.Min, plot.Y.Max}, grey, 1, vg.Points(4), vg.Points(3)), line(d, c.y, poolColour(0), 2))
		plot.Legend.Add(fmt.Sprintf("mean of Gaussian pools, %v µm", mean), line(nil, nil, grey, 1, vg.Points(4), vg.Points(3)))
		plot.Legend.Top = true
		plot.Legend.Left = c.y[0] < c.y[n-1]
		plot.Draw(canvas.area(0.01, 0.01, 0.99, 0.99))
		out = append(out, Named{c.name, canvas})
	}
	return out
}
