package motorunit_test

import (
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/bids"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/exchange/nwb"
	"example.org/renshaw/pkg/exchange/openhdemg"
)

// BenchmarkExport reads an example recording of 48 units and 140 s and writes it.
func BenchmarkExport(b *testing.B) {
	path := filepath.Join(testdata.Root(), "examples/recordings/V2_Quadriceps_40percent.h5")
	for name, write := range map[string]func(dir string, r *motorunit.Recording) error{
		"nwb": func(dir string, r *motorunit.Recording) error {
			return nwb.Write(filepath.Join(dir, "x.nwb"), r, nwb.Options{})
		},
		"bids": func(dir string, r *motorunit.Recording) error {
			_, err := bids.Write(dir, r)
			return err
		},
		"openhdemg": func(dir string, r *motorunit.Recording) error {
			return openhdemg.Write(filepath.Join(dir, "x.json"), r, "")
		},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			for b.Loop() {
				r, err := motorunit.Read(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := write(dir, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
