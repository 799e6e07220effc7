package batch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gopkg.in/yaml.v3"
)

// Prior is the distribution of one setting; exactly one of its kinds is set.
type Prior struct {
	Name        string       // of the setting
	Uniform     [][2]float64 // one pair [low, high] per element
	Log         bool         // log-uniform: the logarithm is uniform between those of low and high
	Whole       bool         // whole numbers from low to high
	Vector      bool         // the value is a list
	Exponential *Exponential // or nil
	Band        *Band        // or nil
}

// Exponential is truncated: x = low - ln(1 - u (1 - exp(-rate (high-low)))) / rate, u
// uniform in [0, 1).
type Exponential struct {
	Low  float64 `yaml:"low" json:"low"`   // in the setting's unit
	High float64 `yaml:"high" json:"high"` // in the setting's unit
	Rate float64 `yaml:"rate" json:"rate"` // per unit of the setting, above 0
}

// Band is a pair [low, low+width] with low and width uniform, drawn again until low +
// width ≤ max.
type Band struct {
	Low   [2]float64 `yaml:"low" json:"low"`     // range of the lower edge, Hz
	Width [2]float64 `yaml:"width" json:"width"` // range of the width, Hz
	Max   float64    `yaml:"max" json:"max"`     // of the upper edge, Hz
}

func uniform(rng *rand.Rand, b [2]float64) float64 { return b[0] + (b[1]-b[0])*rng.Float64() }

// number draws from one range. A whole number stands for the numbers that are rounded to it, so
// that low and high are as likely as their neighbours.
func (p *Prior) number(rng *rand.Rand, b [2]float64) float64 {
	from := b
	if p.Whole {
		from = [2]float64{b[0] - 0.5, b[1] + 0.5}
	}
	var v float64
	if p.Log {
		v = math.Exp(uniform(rng, [2]float64{math.Log(from[0]), math.Log(from[1])}))
	} else {
		v = uniform(rng, from)
	}
	if p.Whole {
		v = math.Round(v)
	}
	return math.Min(math.Max(v, b[0]), b[1]) // rounding
}

// draw returns a value; a band must be satisfiable, which Parse sees to.
func (p *Prior) draw(rng *rand.Rand) any {
	switch {
	case p.Exponential != nil:
		e := p.Exponential
		return e.Low - math.Log(1-rng.Float64()*(1-math.Exp(-e.Rate*(e.High-e.Low))))/e.Rate
	case p.Band != nil:
		for {
			low := uniform(rng, p.Band.Low)
			if high := low + uniform(rng, p.Band.Width); high <= p.Band.Max {
				return []any{low, high}
			}
		}
	case p.Vector:
		v := make([]any, len(p.Uniform))
		for i, b := range p.Uniform {
			v[i] = p.number(rng, b)
		}
		return v
	}
	return p.number(rng, p.Uniform[0])
}

func (p *parser) prior(n *yaml.Node) error {
	return p.pairs(n, "prior", nil, func(key, value *yaml.Node) error {
		if err := p.known(key, "prior"); err != nil {
			return err
		}
		out := Prior{Name: key.Value}
		what := "prior: " + key.Value
		kinds := 0
		err := p.pairs(value, what, []string{"uniform", "log_uniform", "exponential", "band", "integer"},
			func(kind, v *yaml.Node) error {
				if kind.Value == "integer" {
					if v.Decode(&out.Whole) != nil {
						return p.fail(v, "%s: integer: true or false is expected", what)
					}
					return nil
				}
				kinds++
				switch kind.Value {
				case "uniform":
					return p.uniform(v, what+": uniform", &out)
				case "log_uniform":
					out.Log = true
					return p.uniform(v, what+": log_uniform", &out)
				case "exponential":
					out.Exponential = &Exponential{Low: math.NaN(), High: math.NaN(), Rate: math.NaN()}
					if err := p.strict(v, what+": exponential", out.Exponential, "low", "high",
						"rate"); err != nil {
						return err
					}
					e := out.Exponential
					if !(e.Low < e.High && e.Rate > 0) || !finite(e.Low, e.High, e.Rate) {
						return p.fail(v, "%s: exponential: low < high and rate > 0 are expected, none of them "+
							"infinite", what)
					}
				case "band":
					nan := [2]float64{math.NaN(), math.NaN()}
					out.Band = &Band{nan, nan, math.NaN()}
					if err := p.strict(v, what+": band", out.Band, "low", "width", "max"); err != nil {
						return err
					}
					b := out.Band
					if !(b.Low[0] <= b.Low[1] && b.Width[0] > 0 && b.Width[0] <= b.Width[1]) ||
						!finite(b.Low[0], b.Low[1], b.Width[1], b.Max) { // no draw would fit below max
						return p.fail(v, "%s: band: low: [a, b], width: [a, b] and max are expected, with a <= b, "+
							"a positive width and no infinite number", what)
					}
					if !(b.Low[0]+b.Width[0] < b.Max) {
						return p.fail(v, "%s: band: no band fits below max", what)
					}
				}
				return nil
			})
		if err == nil && kinds != 1 {
			err = p.fail(value, "%s: one of uniform, log_uniform, exponential, band is expected", what)
		}
		if err == nil {
			err = p.ranges(value, what, &out)
		}
		p.file.Prior = append(p.file.Prior, out)
		return err
	})
}

// ranges checks what log_uniform and integer need.
func (p *parser) ranges(n *yaml.Node, what string, out *Prior) error {
	if out.Whole && len(out.Uniform) == 0 {
		return p.fail(n, "%s: integer: only uniform and log_uniform draw whole numbers", what)
	}
	for _, b := range out.Uniform {
		if out.Log && !(b[0] > 0) {
			return p.fail(n, "%s: log_uniform: %v; low > 0 is expected", what, b)
		}
		if out.Whole && (b[0] != math.Trunc(b[0]) || b[1] != math.Trunc(b[1])) {
			return p.fail(n, "%s: integer: %v; whole numbers are expected as limits", what, b)
		}
	}
	return nil
}

func finite(numbers ...float64) bool {
	return !slices.ContainsFunc(numbers, func(v float64) bool { return math.IsInf(v, 0) })
}

// strict decodes a mapping with exactly the given keys.
func (p *parser) strict(n *yaml.Node, what string, into any, keys ...string) error {
	count := 0
	if err := p.pairs(n, what, keys, func(_, _ *yaml.Node) error { count++; return nil }); err != nil {
		return err
	}
	if count != len(keys) {
		return p.fail(n, "%s: the keys %v are expected", what, keys)
	}
	if err := n.Decode(into); err != nil {
		return p.fail(n, "%s: numbers are expected", what)
	}
	return nil
}

func (p *parser) uniform(v *yaml.Node, what string, out *Prior) error {
	var one [2]float64
	var many [][2]float64
	switch {
	case len(v.Content) == 2 && v.Content[0].Kind == yaml.ScalarNode && v.Decode(&one) == nil:
		out.Uniform = [][2]float64{one}
	case len(v.Content) > 0 && v.Decode(&many) == nil:
		out.Uniform, out.Vector = many, true
	default:
		return p.fail(v, "%s: [low, high] or a list of them is expected", what)
	}
	for _, b := range out.Uniform {
		if !(b[0] <= b[1]) || !finite(b[:]...) {
			return p.fail(v, "%s: %v; low <= high is expected, both finite", what, b)
		}
	}
	return nil
}

// bounds tells the support of a prior for the record: one [low, high] per element.
func (p *Prior) bounds() [][2]float64 {
	switch {
	case p.Exponential != nil:
		return [][2]float64{{p.Exponential.Low, p.Exponential.High}}
	case p.Band != nil:
		return [][2]float64{p.Band.Low, {p.Band.Low[0] + p.Band.Width[0], p.Band.Max}}
	}
	return p.Uniform
}

// String describes the distribution in a few words.
func (p *Prior) String() string {
	switch {
	case p.Exponential != nil:
		return fmt.Sprintf("exponential, rate %v", p.Exponential.Rate)
	case p.Band != nil:
		return fmt.Sprintf("band, low %v, width %v, at most %v", p.Band.Low, p.Band.Width, p.Band.Max)
	}
	kind := "uniform"
	if p.Log {
		kind = "log-uniform"
	}
	if p.Whole {
		kind += ", whole numbers"
	}
	return kind
}
