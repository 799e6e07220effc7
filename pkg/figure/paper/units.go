package paper

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/sbi/dataset"
)

// unitVariable is a quantity of a unit that figures of units can show.
type unitVariable struct {
	name, label string
	needs       []string
	of          func(v []float64) float64 // of the columns in needs
}

// unitVariables are the quantities of units; the first is what Fig. 5C shows by default.
var unitVariables = []unitVariable{
	{"delivered", "area of the trough, delivered (%)", []string{"raw_area", "asymmetry_diff_raw"},
		func(v []float64) float64 { return -100*v[0] + 100*v[1] }},
	{"received", "area of the trough, received (%)", []string{"raw_area"},
		func(v []float64) float64 { return -100 * v[0] }},
	{"delivered_minus_received", "area of the trough, delivered − received (%)",
		[]string{"asymmetry_diff_raw"}, func(v []float64) float64 { return 100 * v[0] }},
	{"received_minus_delivered", "area of the trough, received − delivered (%)",
		[]string{"asymmetry_diff_raw"}, func(v []float64) float64 { return -100 * v[0] }},
	{"firing_rate", "discharge rate (spikes/s)", []string{"firing_rates_mean"},
		func(v []float64) float64 { return v[0] }},
	{"peak_height", "height of the peak (%)", []string{"sync_height"},
		func(v []float64) float64 { return 100 * v[0] }},
	{"trough_timing", "time of the trough (ms)", []string{"IPSP_timing_of_trough"},
		func(v []float64) float64 { return 1000 * v[0] }},
}

// UnitVariables are the names of what Fig. 5C can show.
func UnitVariables() []string {
	var out []string
	for _, v := range unitVariables {
		out = append(out, v.name)
	}
	return out
}

func unitVariableNamed(name string) (unitVariable, error) {
	i := slices.IndexFunc(unitVariables, func(v unitVariable) bool { return v.name == name })
	if i < 0 {
		return unitVariable{}, fmt.Errorf("no variable of units is called %q; did you mean %q?", name,
			config.Nearest(name, UnitVariables()))
	}
	return unitVariables[i], nil
}

// valuesOf are the values of a variable, a row each.
func valuesOf(f canvas.Frame, v unitVariable) ([]float64, error) {
	c, err := f.FloatColumns(v.needs...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(f.Rows))
	row := make([]float64, len(c))
	for i := range out {
		for k := range c {
			row[k] = c[k][i]
		}
		out[i] = v.of(row)
	}
	return out, nil
}

// experimentTables are the names of a reorganized and filtered table of units.
var experimentTables = []string{"experiment.csv",
	"experimental_data_dataframe_reorganized_and_filtered_dir_inhibited_persp_other_MUs_as_ref.csv"}

// interactionOf is what the study calls a row: "VL_inhibited_by_VM", from the text between
// the first two quotes of full_spellout, or from the pair where that is empty.
func interactionOf(spellout, pair string) string {
	if parts := strings.SplitN(spellout, "'", 3); len(parts) == 3 {
		return parts[1]
	}
	a, b, _ := strings.Cut(pair, "<->")
	return a + "_inhibited_by_" + b
}

// interactionLabel turns the study's name into a label.
func interactionLabel(interaction string) string {
	a, b, _ := strings.Cut(interaction, "_inhibited_by_")
	return canvas.Label(a + "<->" + b)
}

// byLabel orders interactions as the figures do, unknown ones after them by name.
func byLabel(a, b string) int {
	at := func(s string) int {
		if i := slices.Index(canvas.Labels, interactionLabel(s)); i >= 0 {
			return i
		}
		return len(canvas.Labels)
	}
	if d := at(a) - at(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// readUnits reads a table of units with the perspective that figures show.
func readUnits(path string) (canvas.Frame, error) {
	t, path, err := dataset.ExperimentTable(path, "other_MUs_as_ref")
	return canvas.Frame{Table: t, Path: path}, err
}

// units are the columns that say what a row is.
type units struct {
	interaction, subject, muscle []string
	intensity                    []float64
}

// unitRows reads what the rows of a table of units are.
func unitRows(f canvas.Frame) (*units, error) {
	u := &units{}
	spellout, err := f.Texts("full_spellout")
	if err != nil {
		return nil, err
	}
	pair, err := f.Texts("muscle_pair")
	if err != nil {
		return nil, err
	}
	for i, s := range spellout {
		u.interaction = append(u.interaction, interactionOf(s, pair[i]))
	}
	if u.subject, err = f.Texts("subject"); err != nil {
		return nil, err
	}
	if u.muscle, err = f.Texts("muscle_of_MU"); err != nil {
		return nil, err
	}
	u.intensity, err = f.Floats("intensity")
	return u, err
}

type unitGroup struct {
	interaction, subject string
	intensity            float64
}

// groups of rows by intensity, interaction and, if wanted, participant.
func (u *units) groups(subjects bool) ([]unitGroup, map[unitGroup][]int) {
	rows := map[unitGroup][]int{}
	var order []unitGroup
	for i, interaction := range u.interaction {
		g := unitGroup{interaction, "", u.intensity[i]}
		if subjects {
			g.subject = u.subject[i]
		}
		if rows[g] == nil {
			order = append(order, g)
		}
		rows[g] = append(rows[g], i)
	}
	slices.SortFunc(order, func(a, b unitGroup) int {
		switch {
		case a.intensity != b.intensity:
			return int(math.Copysign(1, a.intensity-b.intensity))
		case a.interaction != b.interaction:
			return byLabel(a.interaction, b.interaction)
		}
		return strings.Compare(a.subject, b.subject)
	})
	return order, rows
}

// pick are the values at some positions.
func pick(v []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = v[k]
	}
	return out
}
