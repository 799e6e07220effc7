package canvas_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/figure/canvas"
)

func ExampleLabel() {
	for _, pair := range []string{"VL<->VL", "VL<->VM"} {
		label := canvas.Label(pair)
		fmt.Printf("%s: %s, %s\n", pair, label, canvas.Spelled(label))
	}
	// Output:
	// VL<->VL: VL, VL
	// VL<->VM: VL<-VM, VL inhibited by VM
}

func ExamplePalette_Of() {
	hex := func(p canvas.Palette, muscle string) string {
		c := p.Of(muscle)
		return fmt.Sprintf("%02X%02X%02X", c.R, c.G, c.B)
	}
	fmt.Println("TA, distinct colours:", hex(canvas.DistinctColours, "TA<->TA"))
	fmt.Println("TA, as in the study: ", hex(canvas.LegacyColours, "TA<->TA"))
	fmt.Println("a muscle without one:", hex(canvas.DistinctColours, "EDL"))
	// Output:
	// TA, distinct colours: 38C957
	// TA, as in the study:  00C71B
	// a muscle without one: 7F7F7F
}

// A drawing is written in every format, with the numbers that it shows.
func ExampleCanvas_Export() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	data := struct {
		TimeMs []float64 `json:"time_ms"`
		Area   []float64 `json:"area"`
	}{[]float64{0, 10, 20}, []float64{0, 1, 0.5}}
	p := canvas.Panel("trough", "time (ms)", "area (%)")
	p.X.Max = 20
	p.Y.Min, p.Y.Max = canvas.LimitsOf(data.Area)
	p.Add(canvas.Line(data.TimeMs, data.Area, canvas.MuscleColour("VL"), 1.5))
	c := canvas.New(4, 3)
	p.Draw(c.Area(0.01, 0.01, 0.99, 0.99))
	paths, err := c.Export(filepath.Join(dir, "trough"), data)
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range paths {
		fmt.Println(filepath.Base(path))
	}
	// Output:
	// trough.svg
	// trough.pdf
	// trough.png
	// trough.data.json
}
