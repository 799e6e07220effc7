package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/sbi/flow"
)

// Options are what Train needs beside tables and settings.
type Options struct {
	// HeldOut are tables of other simulations, of which every row is held out.
	HeldOut []string
	// Extend is the folder of an estimator whose pairs are used again, in their roles, beside
	// those of the tables, which may then be none; "" for none.
	Extend string
	// Workers is how many networks of an ensemble are trained at a time; the result does not
	// depend on it.
	Workers int
	// AllowOutliers has values far from all others be a warning where they would be refused.
	AllowOutliers bool
	// Warn is called with what the pairs make doubtful, before the training begins; nil for
	// none. The manifest has it too.
	Warn func(warning string)
	// Progress is called after every epoch, by one goroutine at a time; nil for none.
	Progress func(member, epoch int, e Epoch)
	Command  string // as it was typed, for lock and messages
}

// Train trains an estimator on tables of simulations, or on one pairs table, and writes
// its folder. The networks of an ensemble are trained side by side, each from a seed of its
// own. A training that was interrupted goes on where it was when it is started again with
// the same tables and settings.
func Train(ctx context.Context, s sbi.Spec, tables []string, out string,
	opt Options) (*sbi.Estimator, error) {
	if len(tables) == 0 && opt.Extend == "" {
		return nil, errors.New("train: neither tables nor an estimator to extend")
	}
	for _, t := range slices.Concat(tables, opt.HeldOut) {
		if err := job.Settle(t); err != nil {
			return nil, err
		}
	}
	j, err := job.Open(out, job.Options{Command: "train", Line: opt.Command,
		Manifest: sbi.ManifestName,
		Profile:  string(s.Profile), Seed: s.Seed, Parameters: &s})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	heldOut, err := inputs(j, tables, opt)
	if err != nil {
		return nil, err
	}
	earlier, err := earlier(&s, opt.Extend)
	if err != nil {
		return nil, err
	}
	set, e, roles, err := load(&s, tables, earlier)
	if err != nil {
		return nil, err
	}
	if roles == nil {
		if roles, err = split(&s, set); err != nil {
			return nil, err
		}
	}
	if len(opt.HeldOut) > 0 {
		if roles, err = holdOut(&s, set, roles, opt.HeldOut); err != nil {
			return nil, err
		}
	}
	if earlier != nil {
		roles = earlier.addTo(set, roles, e)
	}
	warnings, err := check(set, e, roles, opt.AllowOutliers)
	if err != nil {
		return nil, err
	}
	j.Warn(warnings...)
	for _, w := range warnings {
		if opt.Warn != nil {
			opt.Warn(w)
		}
	}
	byRole := [3][]int{}
	for i, r := range roles {
		byRole[r] = append(byRole[r], i)
	}
	fitted, err := fitMembers(ctx, &s, set, e, byRole, out, opt)
	if err != nil {
		return nil, err
	}
	if err := assemble(ctx, e, &s, set, roles, byRole, fitted, opt.Workers); err != nil {
		return nil, err
	}
	e.Config.HeldOutTables = append(e.Config.HeldOutTables, heldOut...)
	if err := write(j, e, set, fitted); err != nil {
		return nil, err
	}
	return e, os.RemoveAll(filepath.Join(out, "checkpoints"))
}

// assemble makes the estimator of the networks that were fitted, and what it tells of itself.
func assemble(ctx context.Context, e *sbi.Estimator, s *sbi.Spec, set *dataset.Set, roles []int,
	byRole [3][]int, fitted []*Fitted, workers int) error {
	c := &e.Config
	f := &fitter{p: &set.Pairs, d: len(c.Theta), c: len(c.X)}
	theta, x := f.rows(byRole[sbi.RoleValidation])
	kept, err := worthKeeping(fitted, theta, x)
	if err != nil {
		return err
	}
	for k, f := range fitted {
		if !slices.Contains(kept, k) {
			c.LeftOut = append(c.LeftOut, k+1)
			continue
		}
		e.Flow = append(e.Flow, f.Flow)
		c.BestEpoch = append(c.BestEpoch, f.BestEpoch)
	}
	c.Spec = s
	if inside := e.Inside(); inside != nil &&
		slices.ContainsFunc(parameterRows(set, len(c.Theta)),
			func(row []float64) bool { return !inside(row) }) {
		s.Band = nil // these were not drawn so
	}
	c.Roles, c.Groups, c.FeatureScale, c.DroppedRow = roles, set.Groups, set.Scale, set.Dropped
	if s.CalibrateBase {
		if err := calibrateBase(e.Flow, theta, x); err != nil {
			return err
		}
	}
	if s.CalibrateCoverage {
		if err := calibrateCoverage(ctx, e, theta, x, s.Seed, workers); err != nil {
			return err
		}
	}
	if c.BestLoss, err = meanLoss(e.Flow, theta, x); err != nil {
		return err
	}
	if len(byRole[sbi.RoleHeldOut]) > 0 {
		theta, x := f.rows(byRole[sbi.RoleHeldOut])
		loss, err := meanLoss(e.Flow, theta, x)
		if err != nil {
			return err
		}
		c.HeldOut = &loss
	}
	_, x = f.rows(byRole[sbi.RoleGradient])
	c.Reference, err = sbi.NewReference(c.X, x)
	return err
}

// worthKeeping are the networks whose equal mixture is the posterior: as long as the validation
// rows are more probable without one, by more than two standard errors, the one that is in the
// way most is left out. A training that went astray would widen the posterior.
func worthKeeping(fitted []*Fitted, theta, x []float64) ([]int, error) {
	var lp [][]float64
	var kept []int
	for k, f := range fitted {
		v, err := sbi.LogProb(flow.Ensemble{f.Flow}, theta, x)
		if err != nil {
			return nil, err
		}
		lp, kept = append(lp, v), append(kept, k)
	}
	for len(kept) > 1 {
		all, most, worst := mixture(lp, kept), 0.0, -1
		for i := range kept {
			gain := mixture(lp, slices.Delete(slices.Clone(kept), i, i+1))
			floats.Sub(gain, all)
			mean, sd := stat.MeanStdDev(gain, nil)
			if mean > 2*stat.StdErr(sd, float64(len(gain))) && mean > most {
				most, worst = mean, i
			}
		}
		if worst < 0 {
			break
		}
		kept = slices.Delete(kept, worst, worst+1)
	}
	return kept, nil
}

// mixture is log q of the equal mixture of some networks for every row; lp has the log densities
// of each network.
func mixture(lp [][]float64, networks []int) []float64 {
	out, each := make([]float64, len(lp[0])), make([]float64, len(networks))
	for i := range out {
		for j, k := range networks {
			each[j] = lp[k][i]
		}
		out[i] = floats.LogSumExp(each) - math.Log(float64(len(each)))
	}
	return out
}

// heldOutPrefix marks the groups of tables that were held out as a whole: their simulations
// may have the names of those that train.
const heldOutPrefix = "held_out:"

// holdOut adds the rows of tables of other simulations to a set, held out.
func holdOut(s *sbi.Spec, set *dataset.Set, roles []int, tables []string) ([]int, error) {
	if !set.Simulations {
		return nil, fmt.Errorf("%s: a pairs table says by its column role what is held out", tables[0])
	}
	other, err := dataset.SimulationSet(s, set.Scale, tables...)
	if err != nil {
		return nil, err
	}
	set.Add(&other.Pairs)
	for _, g := range other.Groups {
		set.Groups = append(set.Groups, heldOutPrefix+g)
		roles = append(roles, sbi.RoleHeldOut)
	}
	return roles, nil
}

// parameterRows are the parameters of every row.
func parameterRows(set *dataset.Set, d int) [][]float64 {
	out := make([][]float64, set.N)
	for i := range out {
		out[i] = set.Theta[i*d : (i+1)*d]
	}
	return out
}

// calibrateBase sets the SD of the base distribution of all flows to the value between 1/2
// and 2 that gives the rows the smallest loss: golden-section search over its logarithm.
func calibrateBase(m flow.Ensemble, theta, x []float64) error {
	loss := func(logSD float64) (float64, error) {
		for _, f := range m {
			f.BaseSD = math.Exp(logSD)
		}
		return meanLoss(m, theta, x)
	}
	const ratio = 0.6180339887498949
	low, high := -math.Ln2, math.Ln2
	a, b := high-ratio*(high-low), low+ratio*(high-low)
	fa, err := loss(a)
	if err != nil {
		return err
	}
	fb, err := loss(b)
	for err == nil && high-low > 1e-3 {
		if fa < fb {
			high, b, fb = b, a, fa
			a = high - ratio*(high-low)
			fa, err = loss(a)
		} else {
			low, a, fa = a, b, fb
			b = low + ratio*(high-low)
			fb, err = loss(b)
		}
	}
	if err != nil {
		return err
	}
	_, err = loss((low + high) / 2)
	return err
}

// fitMembers trains the networks.
func fitMembers(ctx context.Context, s *sbi.Spec, set *dataset.Set, e *sbi.Estimator,
	byRole [3][]int, out string, opt Options) ([]*Fitted, error) {
	var names []string
	for _, p := range e.Config.Theta {
		names = append(names, p.Name)
	}
	names = append(names, e.Config.X...)
	fitted := make([]*Fitted, s.Ensemble)
	items := make([]job.Item, s.Ensemble)
	errs := make([]error, s.Ensemble)
	var mu sync.Mutex
	for k := range items {
		fit := FitOptions{Flow: s.Flow, Training: s.Training, Seed: seed.Derive(s.Seed, "network", k),
			Checkpoint: memberDir(out, k), Progress: func(epoch int, v Epoch) {
				mu.Lock()
				defer mu.Unlock()
				if opt.Progress != nil {
					opt.Progress(k, epoch, v)
				}
			}}
		items[k] = job.Item{Name: fmt.Sprintf("network %d", k+1), Do: func(ctx context.Context) error {
			fitted[k], errs[k] = Fit(ctx, &set.Pairs, names, byRole[sbi.RoleGradient],
				byRole[sbi.RoleValidation], fit)
			return errs[k]
		}}
	}
	if _, err := job.Run(ctx, items, opt.Workers, nil); err != nil {
		return nil, err
	}
	return fitted, errors.Join(errs...)
}

// load makes the pairs of the tables, their features scaled as those of an earlier
// estimator, if there is one.
func load(s *sbi.Spec, tables []string,
	earlier *earlierPairs) (*dataset.Set, *sbi.Estimator, []int, error) {
	e := &sbi.Estimator{Config: sbi.Config{Kind: s.Flow.Kind, Theta: s.Prior, X: s.XNames()}}
	var scale []sbi.FeatureScale
	if earlier != nil {
		scale = earlier.of.Config.FeatureScale
	}
	if len(tables) == 0 {
		return &dataset.Set{Scale: scale, Dropped: sbi.Dropped{}, Simulations: true,
			Path: sbi.PairsPath(earlier.of.Dir)}, e, nil, nil
	}
	t, err := table.Read(tables[0])
	if err != nil {
		return nil, nil, nil, err
	}
	if dataset.IsPairs(t) {
		if len(tables) > 1 || earlier != nil {
			return nil, nil, nil, fmt.Errorf("%s: a pairs table stands alone", tables[0])
		}
		set, prior, x, roles, err := dataset.PairsSet(s, t, tables[0])
		e.Config.Theta, e.Config.X = prior, x
		return set, e, roles, err
	}
	set, err := dataset.SimulationSet(s, scale, tables...)
	return set, e, nil, err
}

// split draws roles: a share HeldOut is held out, of the rest a share ValidationFraction
// validates. Rows of one simulation stay together unless the profile splits by row.
func split(s *sbi.Spec, set *dataset.Set) ([]int, error) {
	quirks, err := profile.For(s.Profile)
	if err != nil {
		return nil, err
	}
	unit := func(i int) string {
		if quirks.SplitByRow {
			return fmt.Sprint(i)
		}
		return sbi.SimulationOf(set.Groups[i])
	}
	var units []string
	seen := map[string]int{}
	for i := range set.Groups {
		if u := unit(i); seen[u] == 0 {
			seen[u] = 1
			units = append(units, u)
		}
	}
	rng := seed.Stream(s.Seed, "split")
	rng.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	held := int(math.Round(s.HeldOut * float64(len(units))))
	train := int(math.Floor((1 - s.Training.ValidationFraction) * float64(len(units)-held)))
	role := map[string]int{}
	for k, u := range units {
		switch {
		case k < held:
			role[u] = sbi.RoleHeldOut
		case k < held+train:
			role[u] = sbi.RoleGradient
		default:
			role[u] = sbi.RoleValidation
		}
	}
	roles := make([]int, set.N)
	for i := range roles {
		roles[i] = role[unit(i)]
	}
	return roles, nil
}

// inputs gives the job the checksums of what is read, and returns those of the tables that are held
// out.
func inputs(j *job.Job, tables []string, opt Options) (heldOut []string, err error) {
	if err := j.Input(tables...); err != nil {
		return nil, err
	}
	for _, t := range opt.HeldOut {
		sum, err := job.SumFile(t)
		if err != nil {
			return nil, err
		}
		j.InputSum(sum)
		heldOut = append(heldOut, sum.SHA256)
	}
	if opt.Extend != "" {
		if err := job.Settle(opt.Extend); err != nil {
			return nil, err
		}
		return heldOut, j.Input(sbi.PairsPath(opt.Extend))
	}
	return heldOut, nil
}

// write writes the folder, all its files together.
func write(j *job.Job, e *sbi.Estimator, set *dataset.Set, fitted []*Fitted) error {
	curve := &table.Table{Columns: []string{"epoch", "training_loss", "validation_loss", "network"}}
	for k, f := range fitted {
		for i, v := range f.Curve {
			curve.Add(fmt.Sprint(i+1), table.Float(v.Training), table.Float(v.Validation), fmt.Sprint(k+1))
		}
	}
	if err := curve.Write(j.Stage(sbi.CurveName)); err != nil {
		return err
	}
	if set.Simulations {
		if err := dataset.PairsTable(e, set).Write(j.Stage(sbi.PairsName)); err != nil {
			return err
		}
	} else {
		j.Remove(sbi.PairsName) // of an earlier training in this folder
		j.Remove(strings.TrimSuffix(sbi.PairsName, ".gz"))
	}
	if err := e.Stage(j); err != nil {
		return err
	}
	return j.Commit()
}
