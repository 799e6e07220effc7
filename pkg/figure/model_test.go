package figure

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/simulation/motorpool"
)

var regen = flag.Bool("regen", false, "write the pictures of the documentation anew")

// The pictures in docs/model.md are those that the defaults give.
func TestModelCurves(t *testing.T) {
	for _, c := range ModelCurves(motorpool.Default()) {
		path := filepath.Join(testdata.Root(), "docs/figures", c.Name)
		if *regen {
			if err := c.Canvas.Save(path); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Canvas.PNG()
		if err != nil {
			t.Fatal(err)
		}
		if share := differing(t, got, want); share > 0.002 {
			t.Errorf("%s: %.2g of the pixels differ; look at both, then go test ./pkg/figure -run ModelCurves -regen", c.Name, share)
		}
	}
}

// differing is the share of pixels that differ clearly.
func differing(t *testing.T, a, b []byte) float64 {
	t.Helper()
	var pictures [2]image.Image
	for i, raw := range [][]byte{a, b} {
		var err error
		if pictures[i], err = png.Decode(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
	}
	r := pictures[0].Bounds()
	if r != pictures[1].Bounds() {
		return 1
	}
	count := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r0, g0, b0, _ := pictures[0].At(x, y).RGBA()
			r1, g1, b1, _ := pictures[1].At(x, y).RGBA()
			if far(r0, r1) || far(g0, g1) || far(b0, b1) {
				count++
			}
		}
	}
	return float64(count) / float64(r.Dx()*r.Dy())
}

func far(a, b uint32) bool { return max(a, b)-min(a, b) > 0x3000 }
