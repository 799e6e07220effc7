package recording

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Name is what the name of a recording's file, <subject>_<condition>.mat, says.
type Name struct {
	Recording    string  // file name without folder and extension
	Subject      string  // text before the first underscore
	Condition    string  // the rest
	Group        string  // muscle group: the condition up to its first underscore
	IntensityMVC float64 // contraction intensity, % of maximal voluntary contraction
	Plateaus     int     // plateaus wanted for the optional analyses
}

// submaximal are words of conditions without a number that were contractions of 20 % MVC.
var submaximal = []string{"abduction", "flexion", "Eyes"}

var digits = regexp.MustCompile(`\d+`)

// ParseName splits a file name by the rules of the study: the intensity is the first number of the
// condition (20 for abduction, flexion or Eyes without a number, otherwise 100). BIDS names,
// sub-<subject>_task-<group><intensity>percent_events.tsv, are read as
// <subject>_<group>_<intensity>percent.
func ParseName(path string) Name {
	base := strings.ReplaceAll(filepath.Base(path), ".mat", "")
	if IsEvents(path) {
		base = EntitiesOf(path).recording()
	} else {
		switch ext := filepath.Ext(base); strings.ToLower(ext) {
		case ".csv", ".tsv", ".txt", ".npz", ".npy", ".json", ".nwb":
			base = strings.TrimSuffix(base, ext)
		}
	}
	n := Name{Recording: base, Subject: base, IntensityMVC: 100, Plateaus: 1}
	if s, c, ok := strings.Cut(base, "_"); ok {
		n.Subject, n.Condition = s, c
	}
	n.Group, _, _ = strings.Cut(n.Condition, "_")
	if d := digits.FindString(n.Condition); d != "" {
		if v, err := strconv.ParseFloat(d, 64); err == nil { // not of hundreds of digits
			n.IntensityMVC = v
		}
	} else if slices.ContainsFunc(submaximal, func(w string) bool {
		return strings.Contains(n.Condition, w)
	}) {
		n.IntensityMVC = 20
	}
	for _, w := range []struct {
		key string
		n   int
	}{{"10percent", 10}, {"40percent", 20}, {"flexion", 5}, {"abduction", 5}} {
		if strings.Contains(n.Condition, w.key) {
			n.Plateaus = w.n
			break
		}
	}
	return n
}

// MuscleMap gives for every muscle group the muscle of each electrode grid.
type MuscleMap map[string][]string

// DefaultMuscleMap is the map of the study.
func DefaultMuscleMap() MuscleMap {
	return MuscleMap{
		"Quadriceps":   {"VM", "VM", "VL", "VL", "VL", "VL"},
		"TA":           {"TA", "TA", "TA", "TA"},
		"TricepsSurae": {"SOL", "SOL", "GM", "GM", "GM", "GM"},
		"Fingers":      {"FDI", "APB"},
		"FDI":          {"FDI"},
	}
}

// Muscles returns the muscle of each of a group's grids. An unknown group is an error that names
// file and the known groups.
func (m MuscleMap) Muscles(file, group string) ([]string, error) {
	if muscles, ok := m[group]; ok {
		return muscles, nil
	}
	known := make([]string, 0, len(m))
	for g := range m {
		known = append(known, g)
	}
	sort.Strings(known)
	return nil, fmt.Errorf("%s: muscle group %q is not in the muscle map (known: %s); name the file "+
		"<subject>_<group>_<intensity>percent.mat, or give --muscles GROUP or a muscle_map in "+
		"convert.yaml",
		file, group, strings.Join(known, ", "))
}
