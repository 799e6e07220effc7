package main

import (
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis/explore"
)

func TestExplore(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	convertExample(t, dir)
	recording := filepath.Join(dir, "T1_Fingers_10percent.h5")
	out := filepath.Join(dir, "explore")
	if o := renshaw(t, "explore", "torque", recording, "-o", out); o.code != exitDone ||
		!strings.Contains(o.stdout, "12 units, 5 files") {
		t.Fatalf("%+v", o)
	}
	for _, c := range []struct {
		code int
		text string
		args []string
	}{
		{exitUsage, `did you mean "coherence"`, []string{"explore", "coherrence", recording, "-o", out}},
		{exitUsage, "convert it first", []string{"explore", "factor", example(), "-o", out}},
		{exitUsage, "name an analysis and a recording", []string{"explore", "factor", "-o", out}},
		{exitFailed, "nothing.h5",
			[]string{"explore", "factor", filepath.Join(dir, "nothing.h5"), "-o", out}},
		{exitFailed, explore.ErrNoForce.Error(),
			[]string{"explore", "torque", filepath.Join(testdata.Root(), "examples/recordings/none.h5"),
				"-o", out}},
	} {
		if c.text == explore.ErrNoForce.Error() {
			c.args[2] = noForce(t, dir)
		}
		if o := renshaw(t, c.args...); o.code != c.code || !strings.Contains(o.stderr, c.text) {
			t.Errorf("%v: %+v", c.args, o)
		}
	}
	for _, kind := range explore.Kinds {
		if !strings.Contains(page(t, "howto/explore.md"), "`"+kind+"`") {
			t.Errorf("howto/explore.md does not describe %s", kind)
		}
	}
}

// noForce converts a table of discharges, which has no force.
func noForce(t *testing.T, dir string) string {
	t.Helper()
	path := writeFile(t, filepath.Join(dir, "S1_TA_10percent_discharges.csv"), "unit,muscle,time_s\n"+
		strings.Repeat("a,TA,1.0\n", 1)+"a,TA,1.1\na,TA,1.2\nb,TA,1.05\nb,TA,1.3\n")
	if o := renshaw(t, "convert", path, "-o", filepath.Join(dir, "plain")); o.code != exitDone {
		t.Fatalf("%+v", o)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "plain", "*.h5"))
	if len(found) != 1 {
		t.Fatalf("%v", found)
	}
	return found[0]
}
