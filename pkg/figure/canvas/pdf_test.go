package canvas

import (
	"bytes"
	"testing"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// A PDF with several pictures in it repeats byte for byte: they are not written in the order of a
// map.
func TestPicturesInOrder(t *testing.T) {
	pdf := func() []byte {
		c := New(4, 3)
		for i := range 8 {
			p := Panel("", "", "")
			xy := plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: float64(i)}, {X: float64(i), Y: 1}}
			line, err := plotter.NewLine(xy)
			if err != nil {
				t.Fatal(err)
			}
			p.Add(Rasterized{line})
			at := float64(i) / 8
			var area draw.Canvas = c.Area(at, 0, at+0.12, 1)
			p.Draw(area)
		}
		b, err := c.PDF()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := pdf()
	for range 5 {
		if !bytes.Equal(pdf(), first) {
			t.Fatal("two PDFs of one drawing differ")
		}
	}
}
