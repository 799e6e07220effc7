package sbi

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/profile"
	"example.org/renshaw/pkg/runner"
	"example.org/renshaw/pkg/table"
)

// Files in the folder of an estimator: the training curve, and the pairs that tables of
// simulations gave, from which it can be trained and evaluated again.
const (
	CurveName = "training.csv"
	PairsName = "training_pairs.csv"
)

// Train trains an estimator on tables of simulations, or on one pairs table, and writes
// its folder. progress is called after every epoch.
func Train(ctx context.Context, s Spec, tables []string, out string, progress func(epoch int, e Epoch)) (*Estimator, error) {
	set, e, roles, err := s.load(tables)
	if err != nil {
		return nil, err
	}
	if roles == nil {
		if roles, err = s.split(set); err != nil {
			return nil, err
		}
	}
	byRole := [3][]int{}
	for i, r := range roles {
		byRole[r] = append(byRole[r], i)
	}
	names := make([]string, 0, len(e.Config.Theta)+len(e.Config.X))
	for _, p := range e.Config.Theta {
		names = append(names, p.Name)
	}
	names = append(names, e.Config.X...)
	epoch := 0
	fitted, err := Fit(ctx, &set.Pairs, names, byRole[RoleGradient], byRole[RoleValidation], s.Flow.Hidden, s.Flow.Transforms, s.Training, s.Seed, func(v Epoch) {
		if epoch++; progress != nil {
			progress(epoch, v)
		}
	})
	if err != nil {
		return nil, err
	}
	e.Flow = fitted.Flow
	c := &e.Config
	c.Spec, c.Roles, c.Groups, c.FeatureScale, c.DroppedRow = &s, roles, set.Groups, set.Scale, set.Dropped
	c.BestEpoch, c.BestLoss = fitted.BestEpoch, fitted.BestLoss
	f := &fitter{p: &set.Pairs, d: e.Flow.D, c: e.Flow.C}
	if len(byRole[RoleHeldOut]) > 0 {
		theta, x := f.rows(byRole[RoleHeldOut])
		loss, err := meanLoss(e.Flow, theta, x)
		if err != nil {
			return nil, err
		}
		c.HeldOut = &loss
	}
	_, x := f.rows(byRole[RoleGradient])
	if c.Reference, err = NewReference(c.X, x); err != nil {
		return nil, err
	}
	return e, e.write(out, tables, set, fitted)
}

// load makes the pairs of the tables.
func (s *Spec) load(tables []string) (*Set, *Estimator, []int, error) {
	e := &Estimator{Config: Config{Kind: s.Flow.Kind}}
	t, err := table.Read(tables[0])
	if err != nil {
		return nil, nil, nil, err
	}
	if IsPairs(t) {
		if len(tables) > 1 {
			return nil, nil, nil, fmt.Errorf("%s: a pairs table stands alone", tables[0])
		}
		set, prior, x, roles, err := s.PairsSet(t, tables[0])
		e.Config.Theta, e.Config.X = prior, x
		return set, e, roles, err
	}
	set, err := s.SimulationSet(nil, tables...)
	e.Config.Theta, e.Config.X = s.Prior, s.XNames()
	return set, e, nil, err
}

// Evaluation is what an estimator is judged on: the rows of a table that it was not trained
// on.
type Evaluation struct {
	Pairs
	Groups []string
	// OfTraining tells that the table is one of the training tables, of which only the
	// held-out rows count.
	OfTraining bool
}

// Evaluation reads the rows of a table. Of a table that the estimator was trained on only
// the held-out rows count; of another table all.
func (e *Estimator) Evaluation(dir, path string) (*Evaluation, error) {
	s := e.Config.Spec
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	var set *Set
	var roles []int
	switch {
	case IsPairs(t):
		p, err := e.pairsOf(t, path)
		if err != nil {
			return nil, err
		}
		set = &Set{Pairs: *p}
		spec := DefaultSpec(Single, "")
		other, _, _, r, err := spec.PairsSet(t, path)
		if err != nil {
			return nil, err
		}
		set.Groups, roles = other.Groups, r
	case s == nil:
		return nil, fmt.Errorf("%s: an imported estimator is evaluated on a pairs table (role, theta_unit_*, x_*)", path)
	default:
		if set, err = s.SimulationSet(e.Config.FeatureScale, path); err != nil {
			return nil, err
		}
	}
	out := &Evaluation{OfTraining: roles != nil}
	known := map[string]int{}
	if roles == nil && e.trainedOn(dir, path) {
		out.OfTraining = true
		for i, g := range e.Config.Groups {
			known[strings.TrimSuffix(g, "#0")] = e.Config.Roles[i]
		}
	}
	d, c := e.Flow.D, e.Flow.C
	for i := 0; i < set.N; i++ {
		role := RoleHeldOut
		if roles != nil {
			role = roles[i]
		} else if out.OfTraining {
			role = known[set.Groups[i]]
		}
		if role != RoleHeldOut {
			continue
		}
		out.N++
		out.Theta = append(out.Theta, set.Theta[i*d:(i+1)*d]...)
		out.X = append(out.X, set.X[i*c:(i+1)*c]...)
		out.Groups = append(out.Groups, set.Groups[i])
	}
	if out.N == 0 {
		return nil, fmt.Errorf("%s: no row that the estimator was not trained on", path)
	}
	return out, nil
}

// trainedOn reports whether a table is an input of the training, by its checksum.
func (e *Estimator) trainedOn(dir, path string) bool {
	sum, err := runner.SumFile(path)
	if err != nil {
		return false
	}
	for _, in := range runner.ReadManifest(filepath.Join(dir, ManifestName)).Inputs {
		if in.SHA256 == sum.SHA256 {
			return true
		}
	}
	return false
}

// simulationOf is the simulation that a group belongs to.
func simulationOf(group string) string {
	name, _, _ := strings.Cut(group, "|")
	return name
}

// split draws roles: a share HeldOut is held out, of the rest a share ValidationFraction
// validates. Rows of one simulation stay together unless the profile splits by row.
func (s *Spec) split(set *Set) ([]int, error) {
	quirks, err := profile.For(s.Profile)
	if err != nil {
		return nil, err
	}
	unit := func(i int) string {
		if quirks.SplitByRow {
			return fmt.Sprint(i)
		}
		return simulationOf(set.Groups[i])
	}
	var units []string
	seen := map[string]int{}
	for i := range set.Groups {
		if u := unit(i); seen[u] == 0 {
			seen[u] = 1
			units = append(units, u)
		}
	}
	rng := rand.New(rand.NewPCG(s.Seed, 4))
	rng.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	held := int(math.Round(s.HeldOut * float64(len(units))))
	train := int(math.Floor((1 - s.Training.ValidationFraction) * float64(len(units)-held)))
	role := map[string]int{}
	for k, u := range units {
		switch {
		case k < held:
			role[u] = RoleHeldOut
		case k < held+train:
			role[u] = RoleGradient
		default:
			role[u] = RoleValidation
		}
	}
	roles := make([]int, set.N)
	for i := range roles {
		roles[i] = role[unit(i)]
	}
	return roles, nil
}

// write writes the folder.
func (e *Estimator) write(out string, tables []string, set *Set, f *Fitted) error {
	curve := &table.Table{Columns: []string{"epoch", "training_loss", "validation_loss"}}
	for i, v := range f.Curve {
		curve.Add(fmt.Sprint(i+1), table.Float(v.Training), table.Float(v.Validation))
	}
	if err := curve.Write(filepath.Join(out, CurveName)); err != nil {
		return err
	}
	if set.simulations {
		if err := e.pairsTable(set).Write(filepath.Join(out, PairsName)); err != nil {
			return err
		}
	}
	m := runner.NewManifest("train", string(e.Config.Spec.Profile), e.Config.Spec.Seed, e.Config.Spec)
	for _, t := range tables {
		if err := m.Input(t); err != nil {
			return err
		}
	}
	return e.Save(out, m)
}
