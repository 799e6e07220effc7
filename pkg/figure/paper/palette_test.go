package paper

import (
	"testing"

	"example.org/renshaw/internal/figuretest"
	"example.org/renshaw/pkg/figure/canvas"
)

// Colours belong to the study that is drawn: those of one change nothing for the next.
func TestLegacyColours(t *testing.T) {
	dir := exampleStudy(t)
	drawn := func(p canvas.Palette) []byte {
		f, _ := FigureNamed("fig5a")
		pictures, err := f.Pictures(&Study{Dir: dir, Palette: p})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := pictures[0].Canvas.PNGAt(imageDPI)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	first := drawn(canvas.DistinctColours)
	if figuretest.Differing(t, first, drawn(canvas.LegacyColours)) == 0 {
		t.Error("the colours of the study change nothing")
	}
	if figuretest.Differing(t, first, drawn(canvas.DistinctColours)) != 0 {
		t.Error("the colours of the study stay")
	}
}
