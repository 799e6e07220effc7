package paper

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/figure/canvas"
)

// block is the side of the squares, in pixels, whose mean brightness is compared: renderers smooth
// edges in different ways.
const block = 8

// comparePDF renders the PDF of a picture with Poppler, where that is installed, and compares it
// with the PNG: everything is where it belongs, nothing is missing or turned.
func comparePDF(t *testing.T, p canvas.Picture, want []byte) {
	t.Helper()
	program, err := exec.LookPath("pdftoppm")
	if err != nil {
		return // TestPDFIsChecked says so
	}
	pdf, err := p.Canvas.PDF()
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "page")
	if err := os.WriteFile(base+".pdf", pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-r", strconv.Itoa(imageDPI), "-png", "-singlefile",
		base+".pdf", base).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", p.Name, err, out)
	}
	got, err := os.ReadFile(base + ".png")
	if err != nil {
		t.Fatal(err)
	}
	// Right ones lie above 0.84, one with its points upside down at 0.19.
	if r := blockCorrelation(t, got, want); r < 0.75 {
		t.Errorf("%s: the PDF is not the PNG: the brightness of their blocks correlates by %.3f only",
			p.Name, r)
	}
}

// blockCorrelation correlates the mean brightness of the blocks of two pictures. Renderers draw
// thin lines with different weight, which changes brightness but not where it is.
func blockCorrelation(t *testing.T, a, b []byte) float64 {
	t.Helper()
	decode := func(data []byte) image.Image {
		m, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	x, y := decode(a), decode(b)
	w, h := min(x.Bounds().Dx(), y.Bounds().Dx()), min(x.Bounds().Dy(), y.Bounds().Dy())
	var u, v []float64
	for top := 0; top+block <= h; top += block {
		for left := 0; left+block <= w; left += block {
			u, v = append(u, brightness(x, left, top)), append(v, brightness(y, left, top))
		}
	}
	return stat.Correlation(u, v, nil)
}

func brightness(m image.Image, left, top int) float64 {
	sum := 0.0
	for y := top; y < top+block; y++ {
		for x := left; x < left+block; x++ {
			r, g, b, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
			sum += float64(r+g+b) / 3 / 257
		}
	}
	return sum / (block * block)
}

func TestPDFIsChecked(t *testing.T) {
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm (package poppler-utils) is not installed: PDFs are not compared with their " +
			"pictures")
	}
}
