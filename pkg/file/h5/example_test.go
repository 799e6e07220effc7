package h5_test

import (
	"fmt"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/file/h5"
)

// The file has its name only after Commit.
func ExampleCreate() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "trains.h5")
	w, err := h5.Create(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Abort()
	w.Attr("/", "fsamp", 2048.0)
	w.PutFloat64s("/spike_trains/MN_0", []float64{0.1, 0.25, 0.38})
	if err := w.Commit(); err != nil {
		fmt.Println(err)
		return
	}
	f, err := h5.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	spikes, shape, err := f.Float64s("/spike_trains/MN_0")
	fmt.Println(spikes, shape, err)
	// Output: [0.1 0.25 0.38] [3] <nil>
}
