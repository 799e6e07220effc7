package config

import (
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
