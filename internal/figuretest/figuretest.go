package figuretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/figure/canvas"
)

// Distinct counts the colours of a drawing, of which a blank one has one, and checks its width and
// height in inches.
func Distinct(t *testing.T, c *canvas.Canvas, widthIn, heightIn float64) int {
	t.Helper()
	raw, err := c.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	if math.Abs(float64(b.Dx())-widthIn*canvas.ScreenDPI) > 2 ||
		math.Abs(float64(b.Dy())-heightIn*canvas.ScreenDPI) > 2 {
		t.Errorf("drawing of %v pixels", b)
	}
	colours := map[[4]uint32]bool{}
	for y := b.Min.Y; y < b.Max.Y; y += 2 {
		for x := b.Min.X; x < b.Max.X; x += 2 {
			r, g, bl, a := img.At(x, y).RGBA()
			colours[[4]uint32{r, g, bl, a}] = true
		}
	}
	return len(colours)
}

// Golden reads expected values from a JSON file.
func Golden[T any](t *testing.T, path string) T {
	t.Helper()
	var v T
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Same compares with a relative tolerance; want nil means missing.
func Same(t *testing.T, what string, got float64, want *float64, tolerance float64) {
	t.Helper()
	if want == nil {
		if !math.IsNaN(got) {
			t.Errorf("%s: %v, want none", what, got)
		}
		return
	}
	if !(math.Abs(got-*want) <= tolerance*math.Max(math.Abs(*want), 1e-300)) {
		t.Errorf("%s: %v, want %v", what, got, *want)
	}
}

// CloseTo compares two values field by field through JSON, numbers with a relative tolerance of
// 1e-9; fields called as in without are left out.
func CloseTo(t *testing.T, what string, got, want any, without ...string) {
	t.Helper()
	flat := func(v any) map[string]any {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var x any
		if err := json.Unmarshal(raw, &x); err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		flatten(out, "", x)
		return out
	}
	g, w := flat(got), flat(want)
	if len(g) != len(w) {
		t.Errorf("%s: %d values, want %d", what, len(g), len(w))
	}
	for k, v := range w {
		if slices.ContainsFunc(without,
			func(n string) bool { return len(k) >= 2 && k[len(k)-2:] == "."+strings.ToLower(n) }) {
			continue
		}
		if x, ok := v.(float64); ok {
			y, ok := g[k].(float64)
			if !ok {
				t.Errorf("%s%s: none, want %v", what, k, x)
				continue
			}
			Same(t, what+k, y, &x, 1e-9)
		} else if g[k] != v {
			t.Errorf("%s%s: %v, want %v", what, k, g[k], v)
		}
	}
}

func flatten(out map[string]any, prefix string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			flatten(out, prefix+"."+k, e)
		}
	case []any:
		for i, e := range x {
			flatten(out, fmt.Sprintf("%s[%d]", prefix, i), e)
		}
	default:
		out[prefix] = v
	}
}

// Differing is the share of pixels that differ clearly between two PNG images: 1 if their sizes
// differ.
func Differing(t *testing.T, a, b []byte) float64 {
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
