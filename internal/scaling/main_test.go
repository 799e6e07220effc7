package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/pkg/simulation/batch"
)

// The batch file that is timed is one that the program takes, with the sizes that were asked for.
func TestBatch(t *testing.T) {
	m := &machine{dir: t.TempDir()}
	args, err := simulation(m, 7, 60)
	if err != nil {
		t.Fatal(err)
	}
	f, err := batch.Read(args[1])
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := f.Params(0, f.Rows()[0])
	if err != nil || p.DurationS != 7 || p.NeuronsPerPool != 60 || p.RenshawPerPair != 20 {
		t.Errorf("%v s, %d and %d cells, %v", p.DurationS, p.NeuronsPerPool, p.RenshawPerPair, err)
	}
}

// The picture has a panel of either kind for every command.
func TestPicture(t *testing.T) {
	var points []point
	for _, s := range all {
		for _, n := range s.sizes {
			points = append(points, point{s.name, n, 0.01 * float64(n), 50 + float64(n)})
		}
	}
	path := filepath.Join(t.TempDir(), "scaling.svg")
	if err := picture(points).Save(path); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if n := bytes.Count(svg, []byte(">"+s.name+"<")); n != 2 {
			t.Errorf("%d panels of %s", n, s.name)
		}
	}
}
