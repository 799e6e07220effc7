package table

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNumbersReadBack(t *testing.T) {
	for x, want := range map[float64]string{8600: "8600.0", 0.001: "0.001", 1e-5: "1e-05",
		1.5e-7: "1.5e-07", 1e16: "1e+16", -0.25: "-0.25", math.Inf(1): "inf"} {
		if got := Float(x); got != want {
			t.Errorf("Float(%v) = %q, want %q", x, got, want)
		}
		if back, err := ParseFloat(Float(x)); err != nil || back != x {
			t.Errorf("%v reads back as %v, %v", x, back, err)
		}
	}
	if Float(math.NaN()) != "" || List([]float64{1, math.NaN()}) != "[1.0 nan]" ||
		Bool(true) != "True" {
		t.Errorf("%q %q", Float(math.NaN()), List([]float64{1, math.NaN()}))
	}
}

func TestTableRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	a := &Table{Columns: []string{"", "text"}}
	a.Add("0", "['a', \"b\"]\nsecond line")
	if err := a.Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := Read(path)
	if err != nil || b.Rows[0][1] != a.Rows[0][1] {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := b.Need(path, "missing"); err == nil || !strings.Contains(err.Error(), `"missing"`) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, []byte("a,b\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("short row: %v", err)
	}
}

// A table that is handed on row by row has the bytes of one that was there as a whole; a row that
// fails leaves the former file.
func TestStream(t *testing.T) {
	tb := &Table{Columns: []string{"a", "b"}}
	for i := range 1000 {
		tb.Add(Float(float64(i)/7), "text, with a \"quote\"")
	}
	dir := t.TempDir()
	for _, name := range []string{"t.csv", "t.csv.gz"} {
		whole, streamed := filepath.Join(dir, "whole_"+name), filepath.Join(dir, "streamed_"+name)
		if err := tb.Write(whole); err != nil {
			t.Fatal(err)
		}
		row := make([]string, 2) // the same for all
		rows := func(stop int) func(func([]string) error) error {
			return func(add func([]string) error) error {
				for i, r := range tb.Rows {
					if i == stop {
						return errors.New("no more")
					}
					copy(row, r)
					if err := add(row); err != nil {
						return err
					}
				}
				return nil
			}
		}
		for _, stop := range []int{-1, 500} {
			if err := Stream(streamed, tb.Columns, rows(stop)); (err != nil) != (stop >= 0) {
				t.Error(err)
			}
		}
		want, errA := os.ReadFile(whole)
		got, errB := os.ReadFile(streamed)
		if errA != nil || errB != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d and %d bytes, which differ", name, len(want), len(got))
		}
	}
}
