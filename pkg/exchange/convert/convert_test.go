package convert

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

func example() string { return filepath.Join(testdata.Root(), "examples/T1_Fingers_10percent.mat") }

// A second recording joins the tables of the folder; converting one again replaces
// its rows.
func TestTablesOfTheFolderAreMerged(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	raw, err := os.ReadFile(example())
	if err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(dir, "T10_Fingers_10percent.mat")
	third := filepath.Join(dir, "odd name.mat")
	meta := filepath.Join(dir, "meta.csv")
	for path, data := range map[string][]byte{second: raw, third: raw,
		meta: []byte("file,subject,muscle group,intensity,session\nodd name.mat,T2,Fingers,12.5,pre\n")} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	for _, in := range []string{second, example(), third, second} {
		res, err := Run(context.Background(), []string{in}, out,
			Options{Config: process.Default(), Workers: 1, Sessions: meta, Command: "test"})
		if err != nil || res[0].Error != "" {
			t.Fatal(err, res)
		}
	}
	all, err := table.Read(filepath.Join(out, recording.PropertiesName))
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, r := range all.Rows {
		s := r[0] + " " + r[1]
		if len(subjects) == 0 || subjects[len(subjects)-1] != s {
			subjects = append(subjects, s)
		}
	}
	if got := strings.Join(subjects, ", "); got != "T1 Fingers_10percent, T2 Fingers_12.5percent, "+
		"T10 Fingers_10percent" || len(all.Rows) != 36 {
		t.Errorf("%d rows of %s", len(all.Rows), got)
	}
}

func TestTwoInputsOfOneName(t *testing.T) {
	dir := t.TempDir()
	res, err := Run(context.Background(), []string{example(), example()}, dir,
		Options{Config: process.Default(), Workers: 1, Command: "test"})
	if err != nil || res[0].Error == "" && res[1].Error == "" {
		t.Errorf("%v %+v", err, res)
	}
}

// Conversion of an 80 s recording with 130 channels.
func BenchmarkConvertExample(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(context.Background(), []string{example()}, b.TempDir(),
			Options{Config: process.Default(), Workers: 1, Command: "bench"}); err != nil {
			b.Fatal(err)
		}
	}
}
