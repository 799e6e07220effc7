package canvas

import (
	"image/color"
	"math"
	"strconv"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

func init() {
	font.DefaultCache.Add(liberation.Collection())
	plot.DefaultFont, plotter.DefaultFont = sans, sans
}

// Regular is the font of figures; size in points.
func Regular(size vg.Length) font.Font {
	return font.Font{Typeface: sans.Typeface, Variant: sans.Variant, Size: size}
}

// Bold is the bold font of figures; size in points.
func Bold(size vg.Length) font.Font {
	f := Regular(size)
	f.Weight = xfont.WeightBold
	return f
}

// RGB is the opaque colour 0xRRGGBB.
func RGB(rgb uint32) color.NRGBA {
	return color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
}

// Faded is a colour with an opacity of alpha, from 0 (invisible) to 1.
func Faded(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(math.Round(255 * alpha))
	return c
}

// Darker is a shade of a colour.
func Darker(c color.NRGBA) color.NRGBA {
	shade := func(v uint8) uint8 { return uint8(0.65 * float64(v)) }
	return color.NRGBA{shade(c.R), shade(c.G), shade(c.B), c.A}
}

// Colours of lines and areas that stand for no muscle.
var (
	Black     = RGB(0x000000)
	Red       = RGB(0xE02020)
	Grey      = RGB(0x8C8C8C)
	LightGrey = RGB(0xECECEC)
)

// Steps places about that many ticks at multiples of 1, 2 or 5 times a power of ten.
type Steps int

// Ticks are the ticks from lo to hi.
func (s Steps) Ticks(lo, hi float64) []plot.Tick {
	span := hi - lo
	if !(span > 0) {
		return []plot.Tick{{Value: lo, Label: strconv.FormatFloat(lo, 'g', 4, 64)}}
	}
	raw := span / float64(s)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw {
			step *= m
			break
		}
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*span; k++ {
		label := strconv.FormatFloat(k*step+0, 'f', decimals, 64)
		ticks = append(ticks, plot.Tick{Value: k * step, Label: label})
	}
	return ticks
}

// Panel is an empty plot in the project's look, with its title and the labels of its axes.
func Panel(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font = Regular(11)
	p.Title.Padding = vg.Points(4)
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Legend.TextStyle.Font.Size = 8.5
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Label.TextStyle.Font.Size = 9.5
		a.Tick.Label.Font.Size = 8.5
		a.Tick.Marker = Steps(6)
	}
	return p
}
