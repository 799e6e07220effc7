package recordings

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/figuretest"
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
		if share := figuretest.Differing(t, got, want); share > 0.002 {
			t.Errorf("%s: %.2g of the pixels differ; look at both, then go test ./pkg/figure/recordings "+
				"-run ModelCurves -regen", c.Name, share)
		}
	}
}
