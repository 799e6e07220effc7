package notebook

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestParametersFromOutside(t *testing.T) {
	type params struct {
		Data    string
		Workers int
	}
	t.Setenv(ParametersEnv, "")
	if p := Parameters(params{"examples", 2}); p != (params{"examples", 2}) {
		t.Errorf("defaults: %+v", p)
	}
	t.Setenv(ParametersEnv, `{"Data": "/mine", "Profile": "paper"}`)
	if p := Parameters(params{"examples", 2}); p != (params{"/mine", 2}) {
		t.Errorf("override: %+v", p)
	}
	if err := CheckParameters(); err != nil {
		t.Error(err)
	}
	t.Setenv(ParametersEnv, `{"Profiles": "paper"}`)
	if err := CheckParameters(); err == nil ||
		!strings.Contains(err.Error(), `did you mean "Profile"`) {
		t.Errorf("unknown parameter: %v", err)
	}
}

// A seed is a whole number: a notebook does not begin with another one.
func TestParametersOfAnotherKind(t *testing.T) {
	for raw, want := range map[string]string{
		`{"Seed": 7}`: "", `{"Other": 7.5}`: "",
		`{"Seed": 7.5}`: "RENSHAW_PARAMS: Seed: number 7.5 was found; a whole number (uint64) is",
		`{"Seed": -1}`:  "Seed: number -1", `{"Seed": "7"}`: "Seed: string was found",
		`{"Seed": 18446744073709551616}`: "Seed: number 18446744073709551616",
		`{"Seed": `:                      "unexpected end",
	} {
		var p struct{ Seed uint64 }
		err := override(raw, &p)
		if want == "" && err != nil || want != "" &&
			(err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("RENSHAW_ROOT", dir)
	if Path("out", "x") != filepath.Join(dir, "out", "x") || Path("/abs", "x") != "/abs/x" {
		t.Errorf("%s %s", Path("out", "x"), Path("/abs", "x"))
	}
}

func TestShortKeepsTextsAndIntegers(t *testing.T) {
	for in, want := range map[string]string{"-0.0207696304": "-0.02077", "8600.0": "8600",
		"VL<->VM": "VL<->VM", "12": "12", "a.b": "a.b", "1.5e-41": "1.5e-41"} {
		if got := short(in); got != want {
			t.Errorf("short(%q) = %q, want %q", in, got, want)
		}
	}
}
