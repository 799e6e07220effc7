package spiketable_test

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

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
	raw, err := spiketable.Read(path, recording.Given{Name: recording.ParseName(path)})
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
	if _, err := spiketable.Read(path, recording.Given{}); err == nil ||
		!strings.Contains(err.Error(), "--fs") {
		t.Errorf("no rate: %v", err)
	}
	raw, err := spiketable.Read(path, recording.Given{FsHz: 500})
	if err != nil {
		t.Fatal(err)
	}
	want := []recording.RawUnit{{Muscle: "TA", Name: "1", Times: []float64{30, 10}}}
	if !reflect.DeepEqual(raw.Units, want) || raw.FsHz != 500 || raw.TimeUnits != "samples" ||
		raw.Kind != recording.KindTable {
		t.Errorf("%+v", raw)
	}
}

func TestFaultyTables(t *testing.T) {
	const head = "unit,muscle,time_s\n"
	for want, text := range map[string]string{
		"header unit,muscle,time_s":       "",
		"found unit, muscle":              "unit,muscle\n1,TA\n",
		"holds no discharge":              head,
		`column "time_s" is there twice`:  "unit,muscle,time_s,time_s\n1,TA,1,2\n",
		`line 2: "x" is not a time`:       head + "1,TA,x\n",
		`line 3: "-1" is not a time`:      head + "1,TA,1\n1,TA,-1\n",
		`"NaN" is not a time`:             head + "1,TA,NaN\n",
		"name of the unit is empty":       head + ",TA,1\n",
		"without a slash":                 head + "1,T/A,1\n",
		"sample 1.5 is not a whole":       "unit,muscle,sample\n1,TA,1.5\n",
		"line 2: has 2 fields":            head + "1,TA\n",
		"quote is not closed":             head + "1,\"TA,1\n",
		"follows a closing quote":         head + "1,\"TA\"x,1\n",
		"control cha":                     head + "1,TA\x00,1\n",
		"line 1: is longer than":          strings.Repeat("a", 1<<17),
		"--times samples":                 "mu,muscle,time\n1,TA,512\n1,TA,700\n",
		"give --times ms":                 "mu,muscle,time\n1,TA,512.5\n1,TA,700.25\n",
		"is of grid 1, before of grid 0":  "mu,grid,time_s\n1,0,1\n1,1,2\n",
		`muscle group "" is not in the m`: "mu,time_s\n1,1\n",
	} {
		path := table(t, "S1.csv", text)
		_, err := spiketable.Read(path, recording.Given{FsHz: 1000})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %q and the file", err, want)
		}
	}
}

// wide is a text in UTF-16.
func wide(text string, order binary.AppendByteOrder, mark bool) string {
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// The same two units, as programs and spreadsheets of several countries write them.
func TestDialects(t *testing.T) {
	const plain = "unit,muscle,time_s\na,TA,0.25\nb,TA,0.5\na,TA,0.75\n"
	german := "Unit ID;Muscle;Time (s)\r\na;TA;0,25\r\nb;TA;0,5\r\na;TA;0,75\r\n"
	for name, text := range map[string]string{
		"plain": plain, "mark": "\ufeff" + plain, "semicolons": german,
		"tabs":     strings.ReplaceAll(plain, ",", "\t"),
		"quotes":   "\"mu\",\"muscle\",\"t_s\"\n\"a\",\"TA\",\"0,25\"\nb,TA,\"0,5\"\na, TA, 0.75\n",
		"sep":      "sep=;\n" + german,
		"comment":  "# made by hand\n\n" + plain,
		"utf16le":  wide(german, binary.LittleEndian, true),
		"utf16be":  wide(plain, binary.BigEndian, true),
		"unmarked": wide(plain, binary.LittleEndian, false),
		"ms":       "mu_id,target_muscle,time_ms\na,TA,250\nb,TA,500\na,TA,750\n",
		"onset": "onset\tduration\tsample\tunit_id\n0.25\t0\t512\ta\n" +
			"0.5\t0\t1024\tb\n0.75\t0\t1536\ta\n",
		"no muscle": "unit,discharge_times\na,0.25\nb,0.5\na,0.75\n",
		"grids":     "unit,grid,time_s\na,0,0.25\nb,0,0.5\na,0,0.75\n",
	} {
		path := table(t, "S1_TA_30percent.csv", text)
		raw, err := spiketable.Read(path, recording.Given{
			Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := []recording.RawUnit{{Muscle: "TA", Name: "a", Times: []float64{0.25, 0.75}},
			{Muscle: "TA", Name: "b", InGrid: 1, Times: []float64{0.5}}}
		if !reflect.DeepEqual(raw.Units, want) || raw.TimeUnits != "s" {
			t.Errorf("%s: %+v", name, raw.Units)
		}
	}
}

func TestWhatIsGiven(t *testing.T) {
	path := table(t, "x.csv", "unit,time\na,512\na,1024\n")
	raw, err := spiketable.Read(path, recording.Given{FsHz: 2048, Group: "VL",
		Times: recording.TimesSamples0, MuscleMap: recording.DefaultMuscleMap()})
	if err != nil || raw.Units[0].Muscle != "VL" || raw.TimeUnits != "samples" ||
		raw.Units[0].Times[1] != 1024 {
		t.Errorf("%+v, %v", raw, err)
	}
	path = table(t, "latin.csv", "unit,muscle,time_s\na,B\xfcgel,1.5\n")
	if raw, err = spiketable.Read(path, recording.Given{}); err != nil ||
		raw.Units[0].Muscle != "Bügel" {
		t.Errorf("%+v, %v", raw, err)
	}
}

// Any text gives units or an error.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"unit,muscle,time_s\na,TA,0.25\n", "mu;time (s)\n1;0,5\n",
		"sep=;\nunit;sample\n1;5\n", wide("unit,time_s\n1,2.5\n", binary.BigEndian, true)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "S1_TA_30percent.csv")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		given := recording.Given{FsHz: 1000, Group: "TA"}
		if raw, err := spiketable.Read(path, given); err == nil && len(raw.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
