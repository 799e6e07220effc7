package canvas

import (
	"bytes"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestNumbersThatJSONLacks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	c := New(1, 1)
	if _, err := c.Export(path,
		map[string]any{"a": []float64{1, math.NaN()}, "b": math.Inf(1), "c": struct {
			X float64 `json:"x_mean"`
		}{math.NaN()}}); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(path + ".data.json")
	for _, text := range []string{"null", `"x_mean": null`, `"b": null`} {
		if !bytes.Contains(raw, []byte(text)) {
			t.Errorf("%s lacks %s", raw, text)
		}
	}
}

// Colours differ by at least 15 (CIE 1976) for all readers; matrices of Machado, Oliveira
// and Fernandes, IEEE Trans. Vis. Comput. Graph. 15 (2009), severity 1.
func TestPaletteForAllReaders(t *testing.T) {
	for kind, m := range map[string][9]float64{
		"normal": {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protan": {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116,
			1.051998},
		"deutan": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940,
			0.968881},
	} {
		for i, a := range Labels {
			for _, b := range Labels[i+1:] {
				x, y := cielab(palette[a], m), cielab(palette[b], m)
				d := math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
				if d < 15 {
					t.Errorf("%s: %s and %s differ by %.1f", kind, a, b, d)
				}
			}
		}
	}
}

func cielab(c color.NRGBA, m [9]float64) [3]float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	seen := [3]float64{}
	for i := range seen {
		seen[i] = math.Min(1, math.Max(0, m[3*i]*r+m[3*i+1]*g+m[3*i+2]*b))
	}
	xyz := [3]float64{
		(0.4124564*seen[0] + 0.3575761*seen[1] + 0.1804375*seen[2]) / 0.95047,
		0.2126729*seen[0] + 0.7151522*seen[1] + 0.0721750*seen[2],
		(0.0193339*seen[0] + 0.1191920*seen[1] + 0.9503041*seen[2]) / 1.08883,
	}
	var f [3]float64
	for i, v := range xyz {
		if f[i] = math.Cbrt(v); v <= 216.0/24389 {
			f[i] = v*841/108 + 4.0/29
		}
	}
	return [3]float64{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}
