package canvas

import (
	"image/color"
	"math"
)

// palette are the colours of muscles and of the directed pairs of muscles ("VL<-VM": VL
// inhibited by VM): any two differ by at least 19 (CIE 1976), also as people with
// deuteranopia or protanopia see them. A test checks this.
var palette = map[string]color.NRGBA{
	"VL": RGB(0xD3221E), "VL<-VM": RGB(0xFD6E2F), "VM<-VL": RGB(0x7D4A3A), "VM": RGB(0xF1B703),
	"TA": RGB(0x38C957), "FDI": RGB(0x20C0A9), "GM": RGB(0x299BF8), "GM<-SOL": RGB(0x4B42FD),
	"SOL<-GM": RGB(0x6A1B6A), "SOL": RGB(0x9B63B9),
}

// legacyPalette are the colours of the study's Fig. 5; it draws no mirrored pairs, which
// have those of its other figures.
var legacyPalette = map[string]color.NRGBA{
	"VL": RGB(0xD62728), "VL<-VM": RGB(0xFF5101), "VM<-VL": RGB(0xFF9201), "VM": RGB(0xFFC400),
	"TA": RGB(0x00C71B), "FDI": RGB(0x14BFA8), "GM": RGB(0x2489DC), "GM<-SOL": RGB(0x5243FF),
	"SOL<-GM": RGB(0x7D74EC), "SOL": RGB(0xBB86ED),
}

// UnknownMuscle is the colour of a muscle that no palette has.
var UnknownMuscle = RGB(0x7F7F7F)

// Palette is a choice of colours for muscles and directed pairs of muscles; its zero value is
// DistinctColours.
type Palette int

const (
	// DistinctColours are told apart by all readers, also without red and green.
	DistinctColours Palette = iota
	// LegacyColours are those of the study's Fig. 5.
	LegacyColours
)

// Of is the colour of a muscle ("VL"), a directed pair ("VL<-VM") or a pair "VL<->VM"; grey for
// any other text.
func (p Palette) Of(label string) color.NRGBA {
	colours := palette
	if p == LegacyColours {
		colours = legacyPalette
	}
	if c, ok := colours[Label(label)]; ok {
		return c
	}
	return UnknownMuscle
}

// MuscleColour is the colour of a muscle or pair of muscles among DistinctColours.
func MuscleColour(muscle string) color.NRGBA { return DistinctColours.Of(muscle) }

var poolColours = []color.NRGBA{RGB(0x2489DC), RGB(0xD9480F), RGB(0x2F9E44), RGB(0x7048E8)}

// PoolColour is the colour of a pool of simulated motor neurons, counted from 0.
func PoolColour(q int) color.NRGBA { return poolColours[q%len(poolColours)] }

var curveColours = []color.NRGBA{
	RGB(0x000000), RGB(0x8C8C8C), RGB(0x0072B2), RGB(0xD55E00),
	RGB(0x009E73), RGB(0xCC79A7), RGB(0xE69F00), RGB(0x56B4E9),
}

// CurveColour is the colour of one of several curves, counted from 0; eight are told apart,
// also without red and green, then they repeat.
func CurveColour(i int) color.NRGBA { return curveColours[i%len(curveColours)] }

// Viridis runs from violet (0) to yellow (1); values beyond have the colours of the ends.
func Viridis(x float64) color.NRGBA {
	stops := []color.NRGBA{
		RGB(0x440154), RGB(0x3B528B), RGB(0x21918C), RGB(0x5EC962), RGB(0xFDE725),
	}
	x = math.Min(math.Max(x, 0), 1) * float64(len(stops)-1)
	i := min(int(x), len(stops)-2)
	return between(stops[i], stops[i+1], x-float64(i))
}

// between is the colour at the share f (0 to 1) of the way from a to b, opaque.
func between(a, b color.NRGBA, f float64) color.NRGBA {
	mix := func(a, b uint8) uint8 {
		return uint8(math.Round(float64(a) + f*(float64(b)-float64(a))))
	}
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// ColourMap is a table of 256 colours for values from low to high.
type ColourMap struct {
	low, high float64
	entries   [256]color.NRGBA
}

// missing is the colour of a missing value.
var missing = RGB(0xD3D3D3)

// NewColourMap is a map for values from low to high with at least two stops at equal
// distances: entry k of 256 interpolates between them at k/255.
func NewColourMap(low, high float64, stops ...color.NRGBA) *ColourMap {
	m := &ColourMap{low: low, high: high}
	for k := range m.entries {
		t := float64(k) / 255 * float64(len(stops)-1)
		i := min(int(t), len(stops)-2)
		m.entries[k] = between(stops[i], stops[i+1], t-float64(i))
	}
	return m
}

// WhiteTo is the map from white, for 0, to a colour, for high.
func WhiteTo(c color.NRGBA, high float64) *ColourMap {
	return NewColourMap(0, high, RGB(0xFFFFFF), c)
}

// At is the colour of a value: of the nearer end for one outside, light grey for NaN.
func (m *ColourMap) At(v float64) color.NRGBA {
	if math.IsNaN(v) {
		return missing
	}
	t := (v - m.low) / (m.high - m.low)
	return m.entries[min(max(int(256*t), 0), 255)]
}
