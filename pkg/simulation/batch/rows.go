package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// Rows draws the rows of the batch. Row i depends on Seed and i alone.
func (f *File) Rows() []Row {
	if f.Simulations != nil {
		return f.Simulations
	}
	combinations := 1
	for _, a := range f.Grid {
		combinations *= len(a.Values)
	}
	n := max(f.N, 1)
	each := n
	if len(f.Grid) > 0 {
		n = max(f.N, combinations)
		each = n / combinations
		n = each * combinations // the rest is dropped
	}
	rows := make([]Row, n)
	for i := range rows {
		var s []Setting
		if f.Posterior != nil {
			s = f.Posterior.draw(seed.Stream(f.Seed, "posterior", i), f.quirks.SamePosteriorRow)
		}
		rng := seed.Stream(f.Seed, "prior", i)
		for k := range f.Prior {
			s = append(s, Setting{f.Prior[k].Name, f.Prior[k].draw(rng)})
		}
		s = append(s, f.combination(i/each)...)
		rows[i].Settings = s
	}
	return rows
}

// combination gives the values of one cell of the grid; later keys vary fastest.
func (f *File) combination(c int) []Setting {
	s := make([]Setting, len(f.Grid))
	for k := len(f.Grid) - 1; k >= 0; k-- {
		v := f.Grid[k].Values
		s[k] = Setting{f.Grid[k].Name, v[c%len(v)]}
		c /= len(v)
	}
	return s
}

// seedOf is the seed of a row that has none.
func (f *File) seedOf(row int) uint32 {
	s := seed.Stream(f.Seed, "simulation", row).Uint32()
	if f.SeedRange > 0 {
		s %= f.SeedRange
	}
	return s
}

// Params makes the parameters of a row: defaults, fixed settings, the row's, and last the
// entries of single pools. Warnings tell of settings without effect.
func (f *File) Params(i int, row Row) (p motorpool.Params, warnings []string, err error) {
	p = motorpool.Default()
	p.OutputFolderName, p.RNG, p.PreSpecifyRandomSeed = f.Name, f.RNG, false
	merged := merge(f.Fixed, row.Settings)
	seed := row.Seed
	for _, s := range merged {
		if isPooled(s.Name) || s.Name == renshawRatio {
			continue
		}
		if s.Name == "random_seed" && seed != nil {
			continue
		}
		if err := p.Set(s.Name, s.Value); err != nil {
			return p, nil, err
		}
	}
	given := func(name string) bool {
		return slices.ContainsFunc(merged, func(s Setting) bool { return s.Name == name })
	}
	switch {
	case seed != nil:
		p.RandomSeed = *seed
	case !given("random_seed") && !p.PreSpecifyRandomSeed:
		p.RandomSeed = f.seedOf(i)
	}
	if err := setRenshawCells(&p, merged); err != nil {
		return p, nil, err
	}
	e := entries{p: &p, settings: merged}
	if err := e.apply(f.quirks.BandNeedsFourKeys); err != nil {
		return p, nil, err
	}
	return p, e.warnings, nil
}

// setRenshawCells applies renshaw_ratio, once the number of motor neurons is known.
func setRenshawCells(p *motorpool.Params, settings []Setting) error {
	for _, s := range settings {
		if s.Name != renshawRatio {
			continue
		}
		ratio, err := number(s.Value)
		if err != nil || !(ratio > 0) || math.IsInf(ratio, 0) {
			return &motorpool.ParamError{Name: s.Name, Value: s.Value,
				Want: "a number above 0 is expected: Renshaw cells per motor neuron"}
		}
		if slices.ContainsFunc(settings, func(o Setting) bool { return o.Name == renshawCells }) {
			return &motorpool.ParamError{Name: s.Name, Value: s.Value,
				Want: renshawCells + " is set too; leave one of them out"}
		}
		cells := math.Round(ratio * float64(p.NeuronsPerPool))
		p.RenshawPerPair = int(min(max(1, cells), math.MaxInt32)) // too many are refused by name
	}
	return nil
}

const renshawCells = "nb_RCs_per_pool_pair"

// merge lets later settings override earlier ones of the same name.
func merge(lists ...[]Setting) []Setting {
	var out []Setting
	at := map[string]int{}
	for _, list := range lists {
		for _, s := range list {
			if i, ok := at[s.Name]; ok {
				out[i] = s
				continue
			}
			at[s.Name] = len(out)
			out = append(out, s)
		}
	}
	return out
}

// entries applies the settings of single pools to a copy of the arrays.
type entries struct {
	p        *motorpool.Params
	settings []Setting
	warnings []string
}

var errNoPool = errors.New("the parameters have no such pool")

// pools reads the numbers behind "pool" in a name.
func pools(name string) []int {
	var out []int
	for _, m := range digits.FindAllString(name, -1) {
		n, err := strconv.Atoi(strings.TrimPrefix(m, "pool"))
		if err != nil {
			n = -1
		}
		out = append(out, n)
	}
	return out
}

func (e *entries) apply(needFour bool) error {
	*e.p = e.p.Clone()
	if err := e.oneInhibition(); err != nil {
		return err
	}
	for _, s := range e.settings {
		if !isPooled(s.Name) {
			continue
		}
		if err := e.set(s); err != nil {
			return &motorpool.ParamError{Name: s.Name, Value: s.Value, Want: err.Error()}
		}
	}
	return e.bands(needFour)
}

// oneInhibition refuses settings of one inhibition under both of its names.
func (e *entries) oneInhibition() error {
	at := map[string]string{} // setting by what it sets
	for _, s := range e.settings {
		parameter, _, err := feature.OfSetting(s.Name)
		if err != nil {
			continue
		}
		switch parameter {
		case feature.Inhibition, feature.InhibitionFromOther, feature.ReceivedInhibition,
			feature.ReceivedInhibitionOther:
		default:
			continue
		}
		q := pools(s.Name)
		if len(q) == 1 {
			q = append(q, q[0])
		}
		what := fmt.Sprint(q)
		if other := at[what]; other != "" {
			return &motorpool.ParamError{Name: s.Name, Value: s.Value,
				Want: other + " sets the same inhibition; leave one of them out"}
		}
		at[what] = s.Name
	}
	return nil
}

func number(v any) (float64, error) {
	switch x := v.(type) {
	case float64:
		return x, nil
	case int:
		return float64(x), nil
	}
	return 0, errors.New("a number is expected")
}

// set puts one entry of a pool into the parameters; q[0] is the pool, or the source of an
// inhibition and q[1] its target.
func (e *entries) set(s Setting) error {
	q := pools(s.Name)
	p := e.p
	template := digits.ReplaceAllString(s.Name, "pool#")
	if template == feature.BandSetting {
		return e.setBand(s, q[0])
	}
	v, err := number(s.Value)
	if err != nil {
		return err
	}
	entry := func(m [][]float64, i, j int) error {
		if i < 0 || i >= len(m) || j >= len(m[i]) {
			return errNoPool
		}
		m[i][j] = v
		return nil
	}
	switch template {
	case firstInputSD:
		return entry(p.CommonInputSD, q[0], 0)
	case feature.SettingTemplate(feature.Drive):
		if q[0] < 0 || q[0] >= len(p.BaselineNA) {
			return errNoPool
		}
		p.BaselineNA[q[0]] = v
	case feature.SettingTemplate(feature.InputSD):
		return entry(p.CommonInputSD, q[0], 1)
	case feature.SettingTemplate(feature.Inhibition):
		return entry(p.DisynapticInhib, q[0], q[0])
	case feature.SettingTemplate(feature.InhibitionFromOther):
		return entry(p.DisynapticInhib, q[0], max(q[1], 0))
	case feature.SettingTemplate(feature.ReceivedInhibition):
		return e.received(v, q[0], q[0])
	case feature.SettingTemplate(feature.ReceivedInhibitionOther):
		if q[0] == q[1] {
			return errors.New("another pool is expected; what a pool receives from itself is " +
				feature.Setting(feature.ReceivedInhibition, q[0]))
		}
		return e.received(v, q[0], q[1])
	}
	return nil // middle and half width: bands
}

// received sets the mean disynaptic weight from pool i to pool j so that a motor neuron of j
// receives the inhibition r from all others of i.
func (e *entries) received(r float64, i, j int) error {
	m := e.p.DisynapticInhib
	if i < 0 || j < 0 || i >= min(len(m), e.p.Pools) || j >= min(len(m[i]), e.p.Pools) {
		return errNoPool
	}
	senders := e.p.Senders(i, j)
	if senders == 0 {
		return errors.New("a pool of one motor neuron receives none from itself")
	}
	m[i][j] = r / float64(senders)
	return nil
}

func (e *entries) setBand(s Setting, q int) error {
	list, ok := s.Value.([]any)
	if !ok || len(list) != 2 {
		return errors.New("[low, high] in Hz is expected")
	}
	low, err := number(list[0])
	if err != nil {
		return err
	}
	high, err := number(list[1])
	if err != nil {
		return err
	}
	if q < 0 || q >= len(e.p.CommonInputBandHz) || len(e.p.CommonInputBandHz[q]) < 2 {
		return errNoPool
	}
	e.p.CommonInputBandHz[q][1] = []float64{low, high}
	return nil
}

// bands sets the band of input 1 of each pool to [middle - half, middle + half]. The
// study did so only if the keys of pools 0 and 1 are all present, even for one pool.
func (e *entries) bands(needFour bool) error {
	middle := strings.TrimSuffix(feature.SettingTemplate(feature.BandMiddle), "#")
	half := strings.TrimSuffix(feature.SettingTemplate(feature.BandHalfWidth), "#")
	values := map[string]Setting{}
	found := 0
	for _, s := range e.settings {
		if strings.HasPrefix(s.Name, middle) || strings.HasPrefix(s.Name, half) {
			values[s.Name] = s
			found++
		}
	}
	four := true
	for _, name := range []string{middle + "0", middle + "1", half + "0", half + "1"} {
		_, ok := values[name]
		four = four && ok
	}
	if found == 0 {
		return nil
	}
	if needFour && !four {
		e.warnings = append(e.warnings, fmt.Sprintf("%s0/1 and %s0/1 have no effect in the paper's "+
			"profile unless all four are given", middle, half))
		return nil
	}
	for name, m := range values {
		pool, ok := strings.CutPrefix(name, middle)
		if !ok {
			if _, paired := values[middle+strings.TrimPrefix(name, half)]; !paired {
				return &motorpool.ParamError{Name: name, Value: m.Value,
					Want: "the middle of that band is needed too"}
			}
			continue
		}
		h, ok := values[half+pool]
		if !ok {
			return &motorpool.ParamError{Name: name, Value: m.Value,
				Want: "the half width of that band is needed too"}
		}
		mid, errM := number(m.Value)
		width, errH := number(h.Value)
		q := pools(name)[0]
		switch {
		case errM != nil || errH != nil:
			return &motorpool.ParamError{Name: name, Value: m.Value, Want: "numbers in Hz are expected"}
		case q >= len(e.p.CommonInputBandHz) && q >= e.p.Pools && four:
			continue // the second pair of keys, for one pool
		case q < 0 || q >= len(e.p.CommonInputBandHz) || len(e.p.CommonInputBandHz[q]) < 2:
			return &motorpool.ParamError{Name: name, Value: m.Value, Want: errNoPool.Error()}
		}
		e.p.CommonInputBandHz[q][1] = []float64{mid - width, mid + width}
	}
	return nil
}

// limited is the first limit rows; 0 is all.
func (f *File) limited(limit int) []Row {
	rows := f.Rows()
	if limit > 0 && limit < len(rows) {
		rows = rows[:limit]
	}
	return rows
}

const labelColumn = "label"

// Table lists number, seed, label and settings of the first limit rows (0: all).
func (f *File) Table(limit int) (*table.Table, error) {
	rows := f.limited(limit)
	t := &table.Table{Columns: []string{"index", "random_seed"}}
	if slices.ContainsFunc(rows, func(row Row) bool { return row.Label != "" }) {
		t.Columns = append(t.Columns, labelColumn)
	}
	at := map[string]int{}
	for _, row := range rows {
		for _, s := range row.Settings {
			if _, ok := at[s.Name]; !ok {
				at[s.Name] = len(t.Columns)
				t.Columns = append(t.Columns, s.Name)
			}
		}
	}
	for i, row := range rows {
		line := make([]string, len(t.Columns))
		p, _, err := f.Params(i, row)
		line[0], line[1] = fmt.Sprint(i), fmt.Sprint(p.RandomSeed)
		if err != nil {
			line[1] = ""
		}
		if t.Col(labelColumn) >= 0 {
			line[t.Col(labelColumn)] = row.Label
		}
		for _, s := range row.Settings {
			raw, err := json.Marshal(s.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: simulations[%d]: %s: %w", f.Path, i, s.Name, err)
			}
			line[at[s.Name]] = strings.Trim(string(raw), `"`)
		}
		t.Add(line...)
	}
	return t, nil
}
