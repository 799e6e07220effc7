package recording

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Name is what the name of a recording's file says. Recording alone identifies it: several trials,
// runs or sessions may be recordings of one participant and condition.
type Name struct {
	// Recording is the file name without folder and extension.
	Recording string `json:"recording"`
	Subject   string `json:"subject"` // participant
	// Condition is <group>_<intensity>percent; by the study's rule all after the subject.
	Condition string `json:"condition"`
	Group     string `json:"muscle_group"`
	// IntensityMVC is that of the contraction, % of maximal voluntary contraction; 0 unknown.
	IntensityMVC float64 `json:"intensity_percent_mvc"`
	Plateaus     int     `json:"-"`       // plateaus wanted for the optional analyses
	Session      string  `json:"session"` // or the date in the name; "" if it names none
	Run          string  `json:"run"`     // as it is written; "" if the name has none
	Trial        string  `json:"trial"`   // the same
}

// submaximal are words of conditions without a number that were contractions of 20 % MVC.
var submaximal = []string{"abduction", "flexion", "Eyes"}

var digits = regexp.MustCompile(`\d+`)

// StudyName splits a file name by the rules of the study (profile paper): subject before the first
// underscore, group up to the next, and the intensity is the first number of the condition (20 for
// abduction, flexion or Eyes without a number, otherwise 100).
func StudyName(path string) Name {
	base := strings.ReplaceAll(filepath.Base(path), ".mat", "")
	if IsEvents(path) {
		base = EntitiesOf(path).recording()
	} else {
		base = TrimExtension(base)
	}
	n := Name{Recording: base, Subject: base, IntensityMVC: 100}
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
	n.Plateaus = plateausOf(n.Condition)
	return n
}

// plateausOf is how many plateaus the optional analyses want of a condition.
func plateausOf(condition string) int {
	for _, w := range []struct {
		key string
		n   int
	}{{"10percent", 10}, {"40percent", 20}, {"flexion", 5}, {"abduction", 5}} {
		if strings.Contains(condition, w.key) {
			return w.n
		}
	}
	return 1
}

// With returns the name with another muscle group or intensity ("" and 0 leave them) and the
// condition that follows from both, so that tables join on it.
func (n Name) With(group string, intensityMVC float64) Name {
	if group == "" && intensityMVC == 0 {
		return n
	}
	if group != "" {
		n.Group = group
	}
	if intensityMVC != 0 {
		n.IntensityMVC = intensityMVC
	}
	n.Condition = condition(n.Group, n.IntensityMVC)
	n.Plateaus = plateausOf(n.Condition)
	return n
}

// condition names a muscle group and an intensity, where known.
func condition(group string, intensityMVC float64) string {
	if !(intensityMVC > 0) {
		return group
	}
	text := strconv.FormatFloat(intensityMVC, 'f', -1, 64) + "percent"
	if group == "" {
		return text
	}
	return group + "_" + text
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
	return nil, fmt.Errorf("%s: muscle group %q is not in the muscle map (known: %s); name the file "+
		"<subject>_<group>_<intensity>percent.mat, or give --muscles GROUP or a muscle_map in "+
		"convert.yaml",
		file, group, strings.Join(m.Groups(), ", "))
}

// Groups are the names of the muscle groups, in alphabetical order.
func (m MuscleMap) Groups() []string { return slices.Sorted(maps.Keys(m)) }
