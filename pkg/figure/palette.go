package figure

import (
	"image/color"
	"math"
	"strings"
)

// palette are the colours of muscles and of the directed pairs of muscles ("VL<-VM": VL
// inhibited by VM): any two differ by at least 19 (CIE 1976), also as people with
// deuteranopia or protanopia see them. A test checks this.
var palette = map[string]color.NRGBA{
	"VL": hex(0xD3221E), "VL<-VM": hex(0xFD6E2F), "VM<-VL": hex(0x7D4A3A), "VM": hex(0xF1B703), "TA": hex(0x38C957),
	"FDI": hex(0x20C0A9), "GM": hex(0x299BF8), "GM<-SOL": hex(0x4B42FD), "SOL<-GM": hex(0x6A1B6A), "SOL": hex(0x9B63B9),
}

// legacyPalette are the colours of the study's Fig. 5; it draws no mirrored pairs, which
// have those of its other figures.
var legacyPalette = map[string]color.NRGBA{
	"VL": hex(0xD62728), "VL<-VM": hex(0xFF5101), "VM<-VL": hex(0xFF9201), "VM": hex(0xFFC400), "TA": hex(0x00C71B),
	"FDI": hex(0x14BFA8), "GM": hex(0x2489DC), "GM<-SOL": hex(0x5243FF), "SOL<-GM": hex(0x7D74EC), "SOL": hex(0xBB86ED),
}

// Labels are the muscles and directed pairs in the order of the figures.
var Labels = []string{"VL", "VL<-VM", "VM<-VL", "VM", "TA", "FDI", "GM", "GM<-SOL", "SOL<-GM", "SOL"}

var unknownMuscle = hex(0x7F7F7F)

// LegacyColours makes all figures use the colours of the study.
var LegacyColours bool

// colourOf is the colour of a muscle, a directed pair or a pair "A<->B"; grey for another.
func colourOf(label string) color.NRGBA {
	p := palette
	if LegacyColours {
		p = legacyPalette
	}
	if c, ok := p[Label(label)]; ok {
		return c
	}
	return unknownMuscle
}

// MuscleColour is the colour of a muscle or pair of muscles, grey for one that has none.
func MuscleColour(muscle string) color.Color { return colourOf(muscle) }

// Label is the short name of a pair of muscles "A<->B": "A" within a muscle, "A<-B" for A
// inhibited by B. Other texts stay as they are.
func Label(pair string) string {
	a, b, ok := strings.Cut(pair, "<->")
	switch {
	case !ok:
		return pair
	case a == b:
		return a
	}
	return a + "<-" + b
}

// Spelled is a label for reading: "VL inhibited by VM".
func Spelled(label string) string { return strings.Replace(label, "<-", " inhibited by ", 1) }

// colourMap is a table of 256 colours for values from low to high.
type colourMap struct {
	low, high float64
	entries   [256]color.NRGBA
}

// missing is the colour of a missing value.
var missing = hex(0xD3D3D3)

// newColourMap places stops at equal distances: entry k interpolates between them at k/255.
func newColourMap(low, high float64, stops ...color.NRGBA) *colourMap {
	m := &colourMap{low: low, high: high}
	for k := range m.entries {
		t := float64(k) / 255 * float64(len(stops)-1)
		i := min(int(t), len(stops)-2)
		mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (t-float64(i))*(float64(b)-float64(a)))) }
		a, b := stops[i], stops[i+1]
		m.entries[k] = color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
	}
	return m
}

// at is the colour of a value; values outside are clipped.
func (m *colourMap) at(v float64) color.NRGBA {
	if math.IsNaN(v) {
		return missing
	}
	t := (v - m.low) / (m.high - m.low)
	return m.entries[min(max(int(256*t), 0), 255)]
}

// probabilityMap colours P(row > column), differenceMap differences of medians.
func probabilityMap() *colourMap {
	return newColourMap(0, 1, hex(0x3C5FD4), hex(0x65A9F7), hex(0xFFFFFF), hex(0xFF9B8E), hex(0xDF463B))
}

func differenceMap() *colourMap {
	return newColourMap(-0.5, 0.5, hex(0xAF46C4), hex(0xD87EDB), hex(0xFFFFFF), hex(0xFFD856), hex(0xFFAE00))
}

// whiteTo is the map from white to a colour.
func whiteTo(c color.NRGBA, high float64) *colourMap { return newColourMap(0, high, hex(0xFFFFFF), c) }

// darker is a shade of a colour.
func darker(c color.NRGBA) color.NRGBA {
	shade := func(v uint8) uint8 { return uint8(0.65 * float64(v)) }
	return color.NRGBA{shade(c.R), shade(c.G), shade(c.B), c.A}
}
