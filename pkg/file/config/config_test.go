package config

import (
	"fmt"
	"strings"
	"testing"
)

type sample struct {
	Rate float64 `yaml:"rate_hz"`
	Name string  `yaml:"name"`
	On   bool    `yaml:"on"`
}

func TestDecodeBytes(t *testing.T) {
	s := sample{Rate: 5, Name: "kept"}
	if err := DecodeBytes("f.yaml", []byte("rate_hz: 60.0\nname: null\non: true\n"), &s); err != nil ||
		s != (sample{60, "kept", true}) {
		t.Errorf("%+v, %v", s, err)
	}
	if err := DecodeBytes("f.json", []byte(`{"rate_hz": 1}`), &s); err != nil || s.Rate != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := DecodeBytes("f.yaml", nil, &s); err != nil {
		t.Errorf("empty file: %v", err)
	}
	for text, says := range map[string]string{
		"rate: 3\n":              `f.yaml: line 1: unknown key "rate"; did you mean "rate_hz"?`,
		"on: true\non: false\n":  "appears twice",
		"rate_hz: fast\n":        "cannot unmarshal",
		"- a\n- b\n":             "key: value",
		"rate_hz: [1\n":          "f.yaml",
		"name: x\n\nnmae: tau\n": "line 3",
	} {
		if err := DecodeBytes("f.yaml", []byte(text), &s); err == nil ||
			!strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

// A whole number that is none, or does not fit, is an error: nothing is cut or runs over.
func TestWholeNumbers(t *testing.T) {
	type inner struct {
		Small uint32 `yaml:"small"`
	}
	type all struct {
		Seed uint64  `yaml:"seed"`
		N    int     `yaml:"n"`
		X    float64 `yaml:"x"`
		In   []inner `yaml:"in"`
	}
	for text, want := range map[string]string{
		"seed: 7": "", "seed: 18446744073709551615": "", "seed: 0x10": "", "seed: 1e3": "", "seed: ~": "",
		"x: 7.5": "", "n: -3": "", "in: [{small: 4294967295}]": "",
		"seed: 7.5":  "line 1: seed: 7.5 was found; a whole number from 0 to 18446744073709551615 is",
		"seed: -1":   "seed: -1 was found",
		"seed: .nan": "seed: .nan was found", "seed: .inf": "seed: .inf was found",
		"seed: 1e30": "seed: 1e30 was found", "seed: true": "seed: true was found",
		"seed: 18446744073709551616": "seed: 18446744073709551616 was found",
		`seed: "7"`:                  `seed: the text "7" was found`,
		"seed: [7]":                  "seed: a list or mapping",
		"n: 2.5":                     "n: 2.5 was found; a whole number is expected",
		"in: [{small: 4294967296}]": "line 1: in: small: 4294967296 was found; a whole number from " +
			"0 to 42",
	} {
		nested := DecodeNested("f.yaml", []byte(text), &all{})
		if want == "" && nested != nil ||
			want != "" && (nested == nil || !strings.Contains(nested.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, nested, want)
		}
		if strings.HasPrefix(text, "in") {
			continue // flat files have no structs
		}
		flat := DecodeBytes("f.yaml", []byte(text), &all{})
		if fmt.Sprint(flat) != fmt.Sprint(nested) {
			t.Errorf("%s: flat %v, nested %v", text, flat, nested)
		}
	}
}
