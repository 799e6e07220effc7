package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// Item is one piece of work.
type Item struct {
	Name string // for progress, failures and the manifest
	Do   func(ctx context.Context) error

	// What follows is for Job.Run. Output is the file that Do makes appear when it is complete; ""
	// if it makes none in the folder of the job. Done reports whether that was done before and need
	// not be done again; nil for never. Stage is what failures of the item are listed under.
	Output string
	Done   func(ctx context.Context) (bool, error)
	Stage  string
}

// Failure is one item that failed.
type Failure struct {
	Item    string `json:"item"`
	Stage   string `json:"stage"`
	Message string `json:"message"`
}

// Run does the items with the given number of workers, in order of start. Failures
// are returned in the order of the items; a panic of an item is its failure. When
// ctx is cancelled no further item starts, running ones are asked to stop, and the
// error is ctx.Err().
func Run(ctx context.Context, items []Item, workers int, p *Progress) ([]Failure, error) {
	errs := make([]error, len(items))
	work := make(chan int)
	var wg sync.WaitGroup
	for w := 0; w < max(1, min(workers, len(items))); w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range work {
				errs[i] = guarded(ctx, items[i])
				if !errors.Is(errs[i], context.Canceled) { // stopped is not failed
					p.done(errs[i])
				}
			}
		}()
	}
feed:
	for i := range items {
		select {
		case work <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(work)
	wg.Wait()
	p.finish()
	var failures []Failure
	for i, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			it := items[i]
			failures = append(failures, Failure{Item: it.Name, Stage: it.Stage, Message: err.Error()})
		}
	}
	return failures, ctx.Err()
}

func guarded(ctx context.Context, it Item) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: internal error (please report it): %v", it.Name, r)
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	return it.Do(ctx)
}

// Find lists the files below dir (or dir itself, a file) that keep accepts, in
// natural order: numbers in names count as numbers. Hidden files are left out.
func Find(dir string, keep func(path string) bool) ([]string, error) {
	var files []string
	if st, err := os.Stat(dir); err == nil && st.IsDir() &&
		!strings.HasSuffix(dir, string(filepath.Separator)) {
		dir += string(filepath.Separator) // a link to a folder is that folder
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name()[0] == '.' && path != dir && d.Name() != ".." {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.IsDir() && keep(path) {
			files = append(files, path)
		}
		return nil
	})
	sort.SliceStable(files, func(i, j int) bool { return NaturalLess(files[i], files[j]) })
	return files, err
}

// NaturalLess orders texts with numbers in them by value: sim_2 before sim_10.
func NaturalLess(a, b string) bool {
	for a != "" && b != "" {
		na, ra := leadingDigits(a)
		nb, rb := leadingDigits(b)
		if na != "" && nb != "" {
			if len(na) != len(nb) {
				return len(na) < len(nb)
			}
			if na != nb {
				return na < nb
			}
			a, b = ra, rb
			continue
		}
		if a[0] != b[0] {
			return a[0] < b[0]
		}
		a, b = a[1:], b[1:]
	}
	return len(a) < len(b)
}

// leadingDigits splits off a number, without its leading zeros.
func leadingDigits(s string) (digits, rest string) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	digits = s[:n]
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits, s[n:]
}
