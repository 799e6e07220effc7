package batch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/draws"
	"example.org/renshaw/pkg/file/table"
)

// Posterior draws rows of a table of posterior samples: for every pool a row of its
// muscle, from one participant.
type Posterior struct {
	Table         string      // CSV, relative to the batch file
	Muscles       []string    // muscle of each pool
	Intensity     float64     // % MVC
	Columns       []string    // taken from the table; empty: all that are known
	AddToBaseline *[2]float64 // uniform, nA, added to excitatory_input_baseline

	pools []posteriorPool
}

// posteriorPool is what the table has of one muscle.
type posteriorPool struct {
	values   map[string][]float64
	subjects []string
	bySubj   map[string][]int
	rows     int
}

func (p *parser) posterior(n *yaml.Node) error {
	q := &Posterior{Intensity: math.NaN()}
	keys := []string{"table", "muscles", "intensity", "columns", "add_to_baseline"}
	err := p.pairs(n, "posterior", keys, func(key, value *yaml.Node) error {
		if key.Value == "add_to_baseline" {
			var add struct {
				Uniform [2]float64 `yaml:"uniform"`
			}
			if err := p.strict(value, "posterior: add_to_baseline", &add, "uniform"); err != nil {
				return err
			}
			q.AddToBaseline = &add.Uniform
			return nil
		}
		into := map[string]any{"table": &q.Table, "muscles": &q.Muscles, "intensity": &q.Intensity,
			"columns": &q.Columns}
		if err := value.Decode(into[key.Value]); err != nil {
			return p.fail(value, "posterior: %s: %q cannot be used there", key.Value, value.Value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if q.Table == "" || len(q.Muscles) == 0 || math.IsNaN(q.Intensity) {
		return p.fail(n, "posterior: table, muscles and intensity are needed")
	}
	for _, c := range q.Columns {
		if !slices.Contains(feature.PoolParameters, c) {
			return p.fail(n, "posterior: columns: %q is not one of %v", c, sortedColumns())
		}
	}
	if !filepath.IsAbs(q.Table) {
		q.Table = filepath.Join(filepath.Dir(p.path), q.Table)
	}
	p.file.Posterior = q
	return q.load()
}

// sortedColumns are the parameters of a pool, in alphabetical order.
func sortedColumns() []string { return slices.Sorted(slices.Values(feature.PoolParameters)) }

// load reads the rows of every pool's muscle, of participants that all muscles have.
func (q *Posterior) load() error {
	t, err := table.Read(q.Table)
	if err != nil {
		return err
	}
	if len(q.Columns) == 0 {
		for _, c := range sortedColumns() {
			if t.Col(c) >= 0 {
				q.Columns = append(q.Columns, c)
			}
		}
	}
	for range q.Muscles {
		q.pools = append(q.pools,
			posteriorPool{values: map[string][]float64{}, bySubj: map[string][]int{}})
	}
	ours := func(pair string, intensity float64) bool {
		name, _, _ := strings.Cut(pair, "<->")
		return intensity == q.Intensity && slices.Contains(q.Muscles, name)
	}
	if err := draws.Of(t, q.Table, q.Columns, ours, func(d draws.Draw) error {
		name, _, _ := strings.Cut(d.MusclePair, "<->")
		for i, muscle := range q.Muscles {
			if name != muscle {
				continue
			}
			pool := &q.pools[i]
			for k, c := range q.Columns {
				pool.values[c] = append(pool.values[c], d.Values[k])
			}
			pool.subjects = append(pool.subjects, d.Subject)
		}
		return nil
	}); err != nil {
		return err
	}
	return q.shareSubjects()
}

// shareSubjects keeps the rows of participants whom every muscle has.
func (q *Posterior) shareSubjects() error {
	for i := range q.pools {
		p := &q.pools[i]
		kept := posteriorPool{values: map[string][]float64{}, bySubj: map[string][]int{}}
		for r, who := range p.subjects {
			if slices.ContainsFunc(q.pools,
				func(o posteriorPool) bool { return !slices.Contains(o.subjects, who) }) {
				continue
			}
			for c, v := range p.values {
				kept.values[c] = append(kept.values[c], v[r])
			}
			kept.bySubj[who] = append(kept.bySubj[who], kept.rows)
			kept.subjects = append(kept.subjects, who)
			kept.rows++
		}
		if kept.rows == 0 {
			return fmt.Errorf("%s: no row of %s at %v %% of a participant whom %v all have", q.Table,
				q.Muscles[i], q.Intensity, q.Muscles)
		}
		*p = kept
	}
	return nil
}

// draw gives the settings of one row: a random row of the first muscle and, for the
// others, a random row of the same participant, or with sameRow the row at the same
// position.
func (q *Posterior) draw(rng *rand.Rand, sameRow bool) []Setting {
	var out []Setting
	first := q.pools[0]
	at := rng.IntN(first.rows)
	for pool, p := range q.pools {
		row := at
		if pool > 0 && sameRow {
			row = at % p.rows
		} else if pool > 0 {
			same := p.bySubj[first.subjects[at]]
			row = same[rng.IntN(len(same))]
		}
		for _, c := range q.Columns {
			v := p.values[c][row]
			if c == feature.Drive && q.AddToBaseline != nil {
				v += uniform(rng, *q.AddToBaseline)
			}
			out = append(out, Setting{feature.Setting(c, pool), v})
		}
	}
	return out
}
