package openhdemg

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/recording"
)

// made is a recording of two units of two muscles, 1 s at 1000 Hz.
func made() *motorunit.Recording {
	return &motorunit.Recording{
		Path: "S1_TA_30percent.h5", Name: "S1_TA_30percent", FsHz: 1000, DurationS: 1,
		Force: &recording.Force{PercentMVC: []float64{0, 10.5}, FsHz: 1000},
		Units: []motorunit.Unit{
			{ID: 0, Name: "a", Muscle: "TA", Samples: []int64{250, 500}},
			{ID: 1, Name: "b", Muscle: "SOL", Samples: []int64{3}},
		},
	}
}

// members reads the JSON texts of a file by name.
func members(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var out map[string]string
	return out, json.NewDecoder(zip).Decode(&out)
}

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "openhdemg")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "S1_TA_30percent.json")
	if err := Write(path, made(), ""); err != nil {
		log.Fatal(err)
	}
	m, err := members(path)
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"FSAMP", "NUMBER_OF_MUS", "MUPULSES", "EMG_LENGTH"} {
		fmt.Println(key, m[key])
	}
	// Output:
	// FSAMP 1000
	// NUMBER_OF_MUS 2
	// MUPULSES [[250,500],[3]]
	// EMG_LENGTH 1000
}

func TestOneMuscle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	if err := Write(path, made(), "SOL"); err != nil {
		t.Fatal(err)
	}
	m, err := members(path)
	if err != nil || m["MUPULSES"] != "[[3]]" ||
		!strings.HasSuffix(m["REF_SIGNAL"], `"data":[[0],[10.5]]}`) {
		t.Errorf("%v, %v, %v", m["MUPULSES"], m["REF_SIGNAL"], err)
	}
	if err := Write(path, made(), "VL"); err == nil || !strings.Contains(err.Error(), "TA SOL") {
		t.Errorf("no unit: %v", err)
	}
}

func TestHugeRecordingIsRefused(t *testing.T) {
	r := made()
	r.DurationS = 1e7
	if err := Write(filepath.Join(t.TempDir(), "x.json"), r, ""); err == nil ||
		!strings.Contains(err.Error(), "too many") {
		t.Errorf("10^10 samples: %v", err)
	}
}
