package seed

import (
	"fmt"
	"testing"
)

// Batches made before this package existed drew their rows from FNV-1a of the row's number (8
// bytes, little-endian) and the purpose; their recorded seeds must go on giving the same rows.
func TestKeyOfBatches(t *testing.T) {
	// FNV-1a by its definition (Fowler, Noll and Vo): xor the byte, multiply by the prime.
	h := uint64(14695981039346656037)
	for _, b := range append([]byte{3, 0, 0, 0, 0, 0, 0, 0}, "prior"...) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	if got := Key("prior", 3); got != h {
		t.Errorf("Key = %d, want %d", got, h)
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for _, name := range []string{"a", "b", Join("a", "b"), Join("ab", ""), "ab"} {
		for i := range 100 {
			v := Stream(1, name, i).Uint64()
			if other, ok := seen[v]; ok {
				t.Errorf("%q %d and %s begin alike", name, i, other)
			}
			seen[v] = fmt.Sprintf("%q %d", name, i)
		}
	}
	if Derive(1, "a") == Derive(2, "a") || Derive(1, "a") == Derive(1, "b") {
		t.Error("derived seeds are alike")
	}
}

// A flag takes whole numbers in range and nothing else.
func TestParse(t *testing.T) {
	for text, want := range map[string]uint64{"7": 7, "0": 0, "0x10": 16, " 5 ": 5,
		"18446744073709551615": 1<<64 - 1} {
		var v Value
		if err := v.Set(text); err != nil || uint64(v) != want {
			t.Errorf("%q: %v %v", text, v, err)
		}
	}
	for _, text := range []string{"", "7.5", "-1", "NaN", "1e3", "seven", "18446744073709551616"} {
		v := Value(3)
		if err := v.Set(text); err == nil || v != 3 {
			t.Errorf("%q: %v %v", text, v, err)
		}
	}
}
