package convert

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/bids"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/exchange/nwb"
	"example.org/renshaw/pkg/exchange/openhdemg"
	"example.org/renshaw/pkg/recording/process"
)

// sources are recordings of every format that convert reads.
var sources = []string{
	"../../../examples/T1_Fingers_10percent.mat",
	"../muedit2/testdata/S1_Quadriceps_10percent_edited.npz",
	"../muedit2/testdata/S1_Quadriceps_10percent_decomp.npz",
	"../demuse/testdata/S1_FDI_30percent.mat",
	"../otb/testdata/S1_VL_30percent.mat",
	"../openhdemg/testdata/S1_FDI_30percent.json",
	"../nwb/testdata/S1_FDI_30percent.nwb",
	"../muedit/testdata/npz/S1_TA_30percent.npz",
}

// converted converts one file into a folder of its own and reads the result.
func converted(t *testing.T, path string) *motorunit.Recording {
	t.Helper()
	dir := t.TempDir()
	res, err := Run(context.Background(), []string{path}, dir,
		Options{Config: process.Default(), Workers: 1, Command: "test"})
	if err != nil || res[0].Error != "" {
		t.Fatal(path, err, res)
	}
	r, err := motorunit.Read(res[0].Output)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unsampled writes a table of times, which are no whole samples.
func unsampled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "S2_TA_30percent.csv")
	text := "unit;muscle;time (s)\n1;TA;0,2505\n2;SOL;0,5\n1;TA;0,7512\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// What export writes, convert reads back: the same units, muscles and discharges.
func TestExportsComeBack(t *testing.T) {
	testdata.Long(t)
	for _, source := range append([]string{unsampled(t)}, sources...) {
		want := converted(t, source)
		dir := t.TempDir()
		paths := map[string]string{
			"nwb":       filepath.Join(dir, want.Name+".nwb"),
			"openhdemg": filepath.Join(dir, want.Name+".json"),
		}
		if err := nwb.Write(paths["nwb"], want, nwb.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := openhdemg.Write(paths["openhdemg"], want, ""); err != nil {
			t.Fatal(err)
		}
		var err error
		if paths["bids"], err = bids.Write(filepath.Join(dir, "bids"), want); err != nil {
			t.Fatal(err)
		}
		for format, path := range paths {
			got := converted(t, path)
			if len(got.Units) != len(want.Units) || got.FsHz != want.FsHz {
				t.Errorf("%s through %s: %d units at %v Hz, want %d at %v", source, format,
					len(got.Units), got.FsHz, len(want.Units), want.FsHz)
				continue
			}
			for i, u := range want.Units {
				g := got.Units[i]
				exact := want.Sampled || format != "openhdemg" // which knows samples alone
				quality := g.Silhouette == u.Silhouette && (g.PNRdB == u.PNRdB || format == "openhdemg")
				if !quality || g.Muscle != u.Muscle || g.Name != u.Name ||
					!reflect.DeepEqual(g.Samples, u.Samples) ||
					exact && !reflect.DeepEqual(g.SpikesS, u.SpikesS) {
					t.Errorf("%s through %s: unit %d: %+v, want %+v", source, format, i, g, u)
				}
			}
		}
	}
}
