package explore

import (
	"fmt"
	"path/filepath"

	"example.org/renshaw/pkg/file/table"
)

// Names of the tables, as the study calls them where it has them.
const (
	DimensionalityName = "Dimensionality_analysis_results.csv"
	CoherenceName      = "Coherence_analysis_results.csv"
	LimitsName         = "Coherence_analysis_limits.csv"
	SpectraName        = "CST_spectra.csv"
	TorqueName         = "Correl_CST_torque.csv"
	ExplainedName      = "Time_frequency_explained.csv"
	ComponentsName     = "Time_frequency_components.csv"
)

// key columns of a recording.
func (r *Recording) key() []string { return []string{r.Name.Subject, r.Name.Condition} }

func (r *Recording) table(columns ...string) *table.Table {
	return &table.Table{Columns: append([]string{"subject", "condition"}, columns...)}
}

func (r *Recording) add(t *table.Table, cells ...any) {
	row := r.key()
	for _, c := range cells {
		if v, ok := c.(float64); ok {
			row = append(row, table.Float(v))
			continue
		}
		row = append(row, fmt.Sprint(c))
	}
	t.Add(row...)
}

// DimensionalityTable has a row per group: the R² of 0, 1 … factors (columns R2_f0 …; the
// study calls the same numbers R2_f1 …, which paper keeps), the number chosen, the number of
// units and the least slope of the surrogates.
func (r *Recording) DimensionalityTable(list []Dimensionality, paper bool) *table.Table {
	columns := []string{"muscles"}
	for k := range mostFactors {
		if paper {
			k++
		}
		columns = append(columns, fmt.Sprintf("R2_f%d", k))
	}
	t := r.table(append(columns, "selected_nb_of_dimensions", "nb_mus", "avg_slope_surrogate_R2")...)
	for _, d := range list {
		cells := []any{d.Group.Name()}
		for _, v := range d.Curve {
			cells = append(cells, v)
		}
		r.add(t, append(cells, d.Dimensions, len(d.Group.Units), d.Slope)...)
	}
	return t
}

// CoherenceTables are the coherence of every group size at every frequency, and the limits
// of the largest size.
func (r *Recording) CoherenceTables(list []GroupCoherence) (curves, limits *table.Table) {
	curves = r.table("muscles", "frequency", "coherence", "nb_of_MNs_in_group_for_COH_calculation")
	limits = r.table("muscles", "frequency", "limit_95", "limit_99",
		"nb_of_MNs_in_group_for_COH_calculation")
	for _, g := range list {
		for n, c := range g.BySize {
			for hz, v := range c {
				r.add(curves, g.Group.Name(), float64(hz), v, n+1)
			}
		}
		for hz := range g.Limit95 {
			r.add(limits, g.Group.Name(), float64(hz), g.Limit95[hz], g.Limit99[hz], len(g.BySize))
		}
	}
	return curves, limits
}

// SpectraTable has the share of the power at every frequency, by number of units.
func (r *Recording) SpectraTable(list []CSTSpectra) *table.Table {
	t := r.table("muscle", "nb_of_MNs", "frequency", "power_share")
	for _, s := range list {
		for k, p := range s.BySize {
			for i, v := range p {
				r.add(t, s.Muscle, k+1, s.Frequencies[i], v)
			}
		}
	}
	return t
}

// TorqueTable has a row per group and plateau (0: the average).
func (r *Recording) TorqueTable(list []TorqueCorrelation) *table.Table {
	t := r.table("muscle", "plateau", "n_MUs", "low_pass_frequency", "max_correlation", "time_delay")
	for _, c := range list {
		r.add(t, c.Group, c.Plateau, c.Units, torqueLowpassHz, c.Most, c.DelayS)
	}
	return t
}

// TimeFrequencyTables are what 1, 2 and 3 components explain, and their spectra.
func (r *Recording) TimeFrequencyTables(list []TimeFrequency) (explained, components *table.Table) {
	explained = r.table("muscle", "components", "explained")
	components = r.table("muscle", "components", "component", "frequency", "weight")
	for _, f := range list {
		for _, c := range f.Components {
			r.add(explained, f.Muscle, c.N, c.Explained)
			for j := range c.N {
				for b, hz := range f.Frequencies {
					r.add(components, f.Muscle, c.N, j+1, hz, c.H.At(j, b))
				}
			}
		}
	}
	return explained, components
}

// Kinds of analyses.
const (
	Factor      = "factor"
	CoherenceOf = "coherence"
	Spectrum    = "spectrum"
	Torque      = "torque"
	TimeFreq    = "timefreq"
)

// coherenceSurrogates are the sets of shuffled trains behind the limits of a coherence; the
// study has 100 for each of its repeats.
const coherenceSurrogates = 400

// Kinds lists them.
var Kinds = []string{Factor, CoherenceOf, Spectrum, Torque, TimeFreq}

// Result holds what was asked for.
type Result struct {
	Recording      *Recording       // that was analysed
	Selection      *Selection       // its plateaus and valid units
	Dimensionality []Dimensionality // of kind Factor
	Coherence      []GroupCoherence // of kind CoherenceOf
	Spectra        []CSTSpectra     // of kind Spectrum
	Torque         []TorqueCorrelation
	TimeFrequency  []TimeFrequency
}

// Run does one kind of analysis; random choices follow from the seed, paper keeps the
// study's quirks.
func (r *Recording) Run(kind string, paper bool, seed uint64) (*Result, error) {
	out := &Result{Recording: r, Selection: r.Select()}
	s := out.Selection
	if s.Length == 0 {
		return nil, fmt.Errorf("%s: no plateau", r.Name.Recording)
	}
	var err error
	switch kind {
	case Factor:
		if out.Dimensionality, err = s.Dimensionalities(seed); err == nil &&
			len(out.Dimensionality) == 0 {
			err = fmt.Errorf("no muscle has three units that are active throughout the selected plateaus")
		}
	case CoherenceOf:
		if out.Coherence = s.Coherences(CoherenceOptions{Repeats: 100, Surrogates: coherenceSurrogates,
			Paper: paper, Seed: seed}); len(out.Coherence) == 0 {
			err = fmt.Errorf("coherence needs two units")
		}
	case Spectrum:
		out.Spectra = s.Spectra(seed)
	case Torque:
		out.Torque, err = r.Torque()
	case TimeFreq:
		out.TimeFrequency, err = s.TimeFrequencies()
	default:
		err = fmt.Errorf("no analysis is called %q: %v", kind, Kinds)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.Name.Recording, kind, err)
	}
	return out, nil
}

// Write writes the tables into a folder and returns their paths.
func (v *Result) Write(dir string, paper bool) ([]string, error) {
	r := v.Recording
	tables := map[string]*table.Table{}
	switch {
	case v.Dimensionality != nil:
		tables[DimensionalityName] = r.DimensionalityTable(v.Dimensionality, paper)
	case v.Coherence != nil:
		tables[CoherenceName], tables[LimitsName] = r.CoherenceTables(v.Coherence)
	case v.Spectra != nil:
		tables[SpectraName] = r.SpectraTable(v.Spectra)
	case v.Torque != nil:
		tables[TorqueName] = r.TorqueTable(v.Torque)
	case v.TimeFrequency != nil:
		tables[ExplainedName], tables[ComponentsName] = r.TimeFrequencyTables(v.TimeFrequency)
	}
	var out []string
	for name, t := range tables {
		path := filepath.Join(dir, name)
		if err := t.Write(path); err != nil {
			return nil, err
		}
		out = append(out, path)
	}
	return out, nil
}
