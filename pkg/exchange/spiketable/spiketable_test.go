package spiketable_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/exchange/spiketable"
	"example.org/renshaw/pkg/recording"
)

func ExampleRead() {
	dir, err := os.MkdirTemp("", "spiketable")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "S1_TA_30percent.csv")
	text := "unit,muscle,time_s\na,TA,0.25\nb,SOL,0.5\na,TA,0.75\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	raw, err := spiketable.Read(path, recording.ParseName(path), 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range raw.Units {
		fmt.Println(u.Name, u.Muscle, u.Times, raw.TimeUnits)
	}
	// Output:
	// a TA [0.25 0.75] s
	// b SOL [0.5] s
}

// table writes a table and returns its path.
func table(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSamplesNeedARate(t *testing.T) {
	path := table(t, "S1_TA_30percent.tsv", "\ufeffSample\tUnit\tmuscle\n30\t1\tTA\n10\t1\tTA\n")
	if _, err := spiketable.Read(path, recording.Name{}, 0); err == nil ||
		!strings.Contains(err.Error(), "--fs") {
		t.Errorf("no rate: %v", err)
	}
	raw, err := spiketable.Read(path, recording.Name{}, 500)
	if err != nil {
		t.Fatal(err)
	}
	want := []recording.RawUnit{{Muscle: "TA", Name: "1", Times: []float64{30, 10}}}
	if !reflect.DeepEqual(raw.Units, want) || raw.FsHz != 500 || raw.TimeUnits != "samples" ||
		raw.Kind != recording.KindTable || len(raw.SHA256) != 64 {
		t.Errorf("%+v", raw)
	}
}

func TestFaultyTables(t *testing.T) {
	const head = "unit,muscle,time_s\n"
	for want, text := range map[string]string{
		"header unit,muscle,time_s":       "",
		"are expected, found unit,muscle": "unit,muscle\n1,TA\n",
		"holds no discharge":              head,
		`line 2: "x" is not a time`:       head + "1,TA,x\n",
		`line 3: "-1" is not a time`:      head + "1,TA,1\n1,TA,-1\n",
		`"NaN" is not a time`:             head + "1,TA,NaN\n",
		"both names are needed":           head + ",TA,1\n",
		"without a slash":                 head + "1,T/A,1\n",
		"sample 1.5 is not a whole":       "unit,muscle,sample\n1,TA,1.5\n",
		"wrong number of fields":          head + "1,TA\n",
	} {
		path := table(t, "S1.csv", text)
		_, err := spiketable.Read(path, recording.Name{}, 1000)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %q and the file", err, want)
		}
	}
}
