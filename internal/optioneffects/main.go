// Command optioneffects measures what each option of the simulator that is off by default
// changes on two simulations of the study, for docs/model.md (make bench-options).
package main

import (
	"context"
	"fmt"
	"log"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/simulation/batch"
	"example.org/renshaw/pkg/simulation/motorpool"
)

func main() {
	log.SetFlags(0)
	fmt.Println("| simulation | option | MN rate (Hz) | RC rate (Hz) | MN spikes at the same step | " +
		"mean trough, forward (%) | mean peak height (1/1000) |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, c := range []struct {
		file,
		name string
	}{{"batches/fig2_trough_area_vs_ri.yaml", "Fig. 2 trough area, row 0 (inhibition 2.59)"},
		{"batches/fig4_posterior_predictive_pair.yaml", "Fig. 4 pairs, row 0 (GM-SOL 10 %)"}} {
		f, err := batch.Read(c.file)
		if err != nil {
			log.Fatal(err)
		}
		p, _, err := f.Params(0, f.Rows()[0])
		if err != nil {
			log.Fatal(err)
		}
		var reference *motorpool.Simulation
		for _, o := range []struct {
			name string
			set  func(*motorpool.Params)
		}{
			{"none", func(*motorpool.Params) {}},
			{"`use_configured_ahp_reversal`",
				func(p *motorpool.Params) { p.UseConfiguredAHPReversal = true }},
			{"`rc_noise_enabled`", func(p *motorpool.Params) { p.RenshawNoise = true }},
			{"`correlation_method: exact`",
				func(p *motorpool.Params) { p.CorrelationMethod = motorpool.CorrelationExact }},
			{"`low_band_calibration: density`",
				func(p *motorpool.Params) { p.LowBandCalibration = motorpool.CalibrationDensity }},
			{"`rng: pcg` (other draws)", func(p *motorpool.Params) { p.RNG = motorpool.PCG }},
		} {
			if o.name == "`correlation_method: exact`" && p.Pools == 1 {
				continue // no second pool
			}
			q := p.Clone()
			o.set(&q)
			s, err := new(motorpool.Simulator).Run(context.Background(), q)
			if err != nil {
				log.Fatal(err)
			}
			if reference == nil {
				reference = s
			}
			trough, peak := features(s)
			total := s.Params.TotalS()
			fmt.Printf("| %s | %s | %.2f | %.2f | %.1f %% | %.3f | %.3f |\n", c.name, o.name,
				float64(len(s.MN.Step))/total/float64(s.Params.Neurons()),
				float64(len(s.RC.Step))/total/float64(s.Params.RenshawCells()), 100*shared(s.MN, reference.MN),
				100*trough, 1000*peak)
		}
	}
}

// shared is the share of spikes that the other list has too.
func shared(a, b motorpool.Spikes) float64 {
	in := map[[2]int32]bool{}
	for i := range b.Step {
		in[[2]int32{b.Step[i], b.Index[i]}] = true
	}
	n := 0
	for i := range a.Step {
		if in[[2]int32{a.Step[i], a.Index[i]}] {
			n++
		}
	}
	return float64(n) / float64(max(1, len(a.Step)))
}

// features is the mean forward trough and peak height over the neurons, within pools.
func features(s *motorpool.Simulation) (trough, peak float64) {
	r := &recording.Recording{Name: "simulation", FsHz: float64(s.Params.FsHz),
		DurationS: s.Params.DurationS}
	for m, t := range s.Trains() {
		r.Units = append(r.Units,
			recording.Unit{ID: m, Pool: fmt.Sprint("pool_", m/s.Params.NeuronsPerPool),
				SpikesS: recording.Window(t, s.Params.EdgesS, s.Params.EdgesS+s.Params.DurationS)})
	}
	p := analysis.Shipped(false)
	p.NullDraws, p.IgnoreHeteronymous = 0, true
	a, err := analysis.Run(context.Background(), r, nil, p, analysis.Options{Workers: 2})
	if err != nil {
		log.Fatal(err)
	}
	n := 0.0
	for i := range a.Rows {
		row := &a.Rows[i]
		if row.Direction == crosshist.Inhibited && row.PoolA == row.PoolB && row.Fit != nil {
			n++
			trough += (row.Features.Forward.RawArea - trough) / n
			peak += (row.Features.SyncHeight - peak) / n
		}
	}
	return trough, peak
}
