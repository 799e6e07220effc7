package motorpool

import (
	"math"
	"slices"
)

// Diameters returns the soma diameters of all motor neurons, µm, pool after pool,
// smallest first. A full pool has the gradient
//
//	D[k] = min + (max-min) (k/(n-1))^exponent,  k = 0 … n-1,
//
// the same in every pool; otherwise n normal numbers with mean MeanDiameterUm and SD
// DiameterSDPercent of it are drawn per pool, cut to [min, max] and sorted.
func Diameters(p *Params, rng Random) []float64 {
	n := p.NeuronsPerPool
	d := make([]float64, p.Neurons())
	for at := 0; at < len(d); at += n {
		pool := d[at : at+n]
		for k := range pool {
			if p.FullPool {
				pool[k] = p.MinDiameterUm +
					(p.MaxDiameterUm-p.MinDiameterUm)*math.Pow(float64(k)/float64(n-1), p.SizeExponent)
				continue
			}
			sd := p.DiameterSDPercent / 100 * p.MeanDiameterUm
			pool[k] = math.Min(math.Max(p.MeanDiameterUm+sd*rng.NormFloat64(), p.MinDiameterUm),
				p.MaxDiameterUm)
		}
		if !p.FullPool {
			slices.Sort(pool)
		}
	}
	return d
}

// normalisedSize is (D - min) / (max - min), 0 for the smallest possible soma.
func normalisedSize(p *Params, diameterUm float64) float64 {
	return (diameterUm - p.MinDiameterUm) / (p.MaxDiameterUm - p.MinDiameterUm)
}
