package convert

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/recording"
)

// readPlateaus reads a table of plateaus with the columns start_s and end_s
// (seconds) and optionally file (recording name), and returns those of one
// recording in samples: file is the input's name or that of the recording. It is an error if a row
// is not inside the recording.
func readPlateaus(path, input, name string, fsHz float64,
	samples int) ([]recording.Plateau, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: is empty; the columns start_s,end_s are expected", path)
	}
	col := map[string]int{}
	for i, h := range rows[0] {
		col[strings.TrimSpace(h)] = i
	}
	start, okS := col["start_s"]
	end, okE := col["end_s"]
	if !okS || !okE {
		return nil, fmt.Errorf("%s: the columns start_s,end_s are expected (and file, if it serves "+
			"several recordings), found %s", path, strings.Join(rows[0], ","))
	}
	file, hasFile := col["file"]
	var out []recording.Plateau
	for i, row := range rows[1:] {
		if hasFile {
			of := filepath.Base(strings.TrimSpace(row[file]))
			if of != filepath.Base(input) && recording.TrimExtension(of) != name {
				continue
			}
		}
		a, errA := strconv.ParseFloat(strings.TrimSpace(row[start]), 64)
		b, errB := strconv.ParseFloat(strings.TrimSpace(row[end]), 64)
		p := recording.Plateau{Start: int(math.Round(a * fsHz)), Stop: int(math.Round(b * fsHz))}
		if errA != nil || errB != nil || p.Start < 0 || p.Stop > samples || p.Start >= p.Stop {
			return nil, fmt.Errorf("%s: row %d: plateau from %q to %q s must lie inside the recording "+
				"(0 to %.3f s)", path, i+2, row[start], row[end], float64(samples)/fsHz)
		}
		out = append(out, p)
	}
	return out, nil
}
