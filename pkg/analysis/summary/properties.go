package summary

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
)

// recordingOf is the name of the recording behind an analysis; analyses of earlier versions have it
// in the names of their files only.
func recordingOf(path string, a *analysis.Analysis) string {
	if a.Recording != "" {
		return a.Recording
	}
	for _, name := range []string{a.Source, filepath.Base(path)} {
		name, _, _ = strings.Cut(strings.TrimSuffix(name, ".h5"), analysisSuffix)
		if name != "" {
			return name
		}
	}
	return ""
}

// recordings are those that were seen: paths of their analyses by name and by content.
type recordings map[[2]string]string

// add notes an analysis. It returns the path of an earlier one of the same discharges, "" if there
// is none. Another recording of the same name is an error: tables could not tell them apart.
func (seen recordings) add(path string, a *analysis.Analysis) (string, error) {
	for _, k := range [][2]string{{"trains", a.TrainsSHA256}, {"file", a.SourceSHA256}} {
		if k[1] == "" {
			continue
		}
		if other := seen[k]; other != "" {
			return other, nil
		}
		seen[k] = path
	}
	name := [2]string{"name", recordingOf(path, a)}
	if other := seen[name]; other != "" {
		return "", fmt.Errorf("%s and %s are analyses of two recordings called %s: rename the file "+
			"of one "+
			"recording, run renshaw convert and analyze on it again, and remove its former results",
			other, path, name[1])
	}
	seen[name] = path
	return "", nil
}

// muscleUnit is a unit of a recording.
type muscleUnit struct {
	muscle string
	unit   int // its number in the recording
}

// unitProperties are what the tables take over of a unit.
type unitProperties struct {
	condition            string
	threshold, rate, cov float64
}

// propertyRow is a row of the table of properties.
type propertyRow struct {
	recording, subject string
	intensity          float64 // % MVC, as the condition says it; NaN if it does not
	muscleUnit
	unitProperties
}

// properties is a table of unit properties.
type properties struct {
	path    string
	rows    []propertyRow
	claimed map[string]string // analyses by the rows of a table without that column
}

func readProperties(path string, res *ExperimentResult) (*properties, error) {
	if path == "" {
		res.Warnings = append(res.Warnings, "no table of unit properties: thresholds, rates and "+
			"variability stay empty")
		return nil, nil
	}
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	c, err := t.Need(path, "subject", "condition", "muscle_of_MU", "MU_idx",
		"Recruitment_threshold_mean", "firing_rates_mean", "cov_mean")
	if err != nil {
		return nil, err
	}
	own := t.Col(feature.Recording)
	out := &properties{path: path, claimed: map[string]string{}}
	for i, row := range t.Rows {
		unit, err := table.ParseFloat(row[c[3]])
		if err != nil || unit != math.Trunc(unit) {
			return nil, fmt.Errorf("%s: row %d: MU_idx %q is not a whole number", path, i+2, row[c[3]])
		}
		p := propertyRow{subject: row[c[0]], intensity: math.NaN(),
			muscleUnit:     muscleUnit{row[c[2]], int(unit)},
			unitProperties: unitProperties{condition: row[c[1]]}}
		if v, ok := intensityOf(p.unitProperties.condition); ok {
			p.intensity = v
		}
		if own >= 0 {
			p.recording = row[own]
		}
		if p.recording == "" && math.IsNaN(p.intensity) {
			return nil, fmt.Errorf("%s: row %d: condition %q has no intensity in it", path, i+2, row[c[1]])
		}
		for k, dst := range []*float64{&p.threshold, &p.rate, &p.cov} {
			if *dst, err = table.ParseFloat(row[c[4+k]]); err != nil {
				return nil, fmt.Errorf("%s: row %d: %s %q is not a number", path, i+2, t.Columns[c[4+k]],
					row[c[4+k]])
			}
		}
		out.rows = append(out.rows, p)
	}
	return out, nil
}

// of are the properties of a recording's units: of the rows that name it, or in tables that do not
// name recordings, of those of its subject and condition. It is an error if these may be of several
// recordings.
func (p *properties) of(path string, a *analysis.Analysis,
	twoCharacters bool) (map[muscleUnit]unitProperties, error) {
	if p == nil {
		return nil, nil
	}
	subject, intensity, err := identity(path, a, twoCharacters)
	if err != nil {
		return map[muscleUnit]unitProperties{}, nil // the analysis fails by that
	}
	name := recordingOf(path, a)
	out := map[muscleUnit]unitProperties{}
	if slices.ContainsFunc(p.rows, func(r propertyRow) bool { return r.recording == name }) {
		for _, r := range p.rows {
			if r.recording != name {
				continue
			}
			if _, twice := out[r.muscleUnit]; twice {
				return nil, fmt.Errorf("%s: %s unit %d of %s has two rows; run renshaw convert again", p.path,
					r.muscle, r.unit, name)
			}
			out[r.muscleUnit] = r.unitProperties
		}
		return out, nil
	}
	return p.unnamed(path, a, subject, intensity)
}

// unnamed are the same in a table without the column recording: rows of the recording's subject,
// condition (or intensity, of analyses that do not know it) and muscles.
func (p *properties) unnamed(path string, a *analysis.Analysis, subject string,
	intensity float64) (map[muscleUnit]unitProperties, error) {
	const again = "the table has no column recording: run renshaw convert again on the recordings " +
		"of this folder"
	muscles := map[string]bool{}
	for i := range a.Rows {
		muscles[a.Rows[i].PoolA] = true
	}
	out := map[muscleUnit]unitProperties{}
	for _, r := range p.rows {
		if r.recording != "" || r.subject != subject ||
			!muscles[r.muscle] ||
			a.Condition != "" && r.unitProperties.condition != a.Condition ||
			a.Condition == "" && r.intensity != intensity {
			continue
		}
		if _, twice := out[r.muscleUnit]; twice {
			return nil, fmt.Errorf("%s: %s unit %d of %s at %g %% has several rows, and %s", p.path,
				r.muscle, r.unit, subject, intensity, again)
		}
		out[r.muscleUnit] = r.unitProperties
		key := fmt.Sprintf("%s|%s|%g|%s", subject, a.Condition, intensity, r.muscle)
		if other := p.claimed[key]; other != "" && other != path {
			return nil, fmt.Errorf("%s: %s and %s are both recordings of %s of %s at %g %%, and %s", p.path,
				other, path, r.muscle, subject, intensity, again)
		}
		p.claimed[key] = path
	}
	return out, nil
}
