// Package arviz writes posterior draws as the netCDF-4 files of ArviZ (InferenceData), which
// xarray, R and MATLAB read as well: a group posterior with one variable per parameter, of
// dimensions chain (one), draw and condition.
package arviz

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/draws"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/version"
)

// labels are the columns of a table of draws that are no parameters.
var labels = []string{"subject", "muscle_pair", "intensity", "recording"}

// condition is what the draws of one posterior have in common.
type condition struct {
	subject, pair string
	intensity     float64
	recording     string // "" where those of the condition are pooled
}

func (c condition) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s%% %s", c.subject, c.pair,
		strconv.FormatFloat(c.intensity, 'f', -1, 64), c.recording))
}

// Write reads a table of posterior draws (renshaw infer) and writes it to path (….nc). Where
// conditions have different numbers of draws the shorter ones are filled with NaN.
func Write(path, samples string) error {
	t, err := table.Read(samples)
	if err != nil {
		return err
	}
	var parameters []string
	for _, c := range t.Columns {
		if c != "" && !slices.Contains(labels, c) {
			parameters = append(parameters, c)
		}
	}
	if len(parameters) == 0 {
		return fmt.Errorf("%s: no column of a parameter; posterior_samples_*.csv of renshaw infer is "+
			"expected", samples)
	}
	var conditions []condition
	values := map[condition][][]float64{}
	err = draws.Each(t, samples, parameters, func(d draws.Draw) error {
		c := condition{d.Subject, d.MusclePair, d.Intensity, d.Recording}
		if values[c] == nil {
			conditions = append(conditions, c)
		}
		values[c] = append(values[c], slices.Clone(d.Values))
		return nil
	})
	if err != nil {
		return err
	}
	if len(conditions) == 0 {
		return fmt.Errorf("%s: holds no draw", samples)
	}
	return write(path, parameters, conditions, values)
}

func write(path string, parameters []string, conditions []condition,
	values map[condition][][]float64) error {
	n := 0
	for _, v := range values {
		n = max(n, len(v))
	}
	w, err := h5.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	const group = "/posterior/"
	across, along := map[string]int{}, map[string]int{}
	chains := map[string]int{}
	for p, name := range parameters {
		flat := make([]float64, n*len(conditions))
		for c, of := range conditions {
			for d := range n {
				flat[d*len(conditions)+c] = math.NaN()
				if d < len(values[of]) {
					flat[d*len(conditions)+c] = values[of][d][p]
				}
			}
		}
		at := group + strings.ReplaceAll(name, "/", "_")
		w.PutFloat64s(at, flat, 1, n, len(conditions))
		w.Attr(at, "_FillValue", math.NaN())
		chains[at], along[at], across[at] = 0, 1, 2
	}
	subjects, pairs, names, intensity := make([]string, len(conditions)),
		make([]string, len(conditions)), make([]string, len(conditions)), make([]float64, len(conditions))
	for i, c := range conditions {
		subjects[i], pairs[i], names[i], intensity[i] = c.subject, c.pair, c.String(), c.intensity
	}
	w.PutStrings(group+"condition", names)
	w.PutStrings(group+"subject", subjects)
	w.PutStrings(group+"muscle_pair", pairs)
	w.PutFloat64s(group+"intensity", intensity)
	for _, name := range []string{"subject", "muscle_pair", "intensity"} {
		across[group+name] = 0
	}
	w.PutInt64s(group+"chain", []int64{0})
	w.PutInt64s(group+"draw", upTo(n))
	w.Scale(group+"chain", chains)
	w.Scale(group+"draw", along)
	w.Scale(group+"condition", across)
	w.Attr("/posterior", "inference_library", "renshaw")
	w.Attr("/posterior", "inference_library_version", version.Number)
	w.Attr("/", "_NCProperties", "version=2,renshaw="+version.Number)
	return w.Commit()
}

func upTo(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}
