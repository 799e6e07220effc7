package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRunIsolatesFailures(t *testing.T) {
	var out bytes.Buffer
	done := make([]bool, 20)
	var items []Item
	for i := range done {
		items = append(items, Item{Name: fmt.Sprint("item", i), Do: func(context.Context) error {
			switch i {
			case 3:
				return errors.New("broken file")
			case 7:
				var s []int
				_ = s[i]
			}
			done[i] = true
			return nil
		}})
	}
	failures, err := Run(context.Background(), items, 4, NewProgress(&out, "testing", len(items)))
	if err != nil || len(failures) != 2 || failures[0].Item != "item3" || failures[1].Item != "item7" {
		t.Errorf("failures = %+v, %v", failures, err)
	}
	for i, d := range done {
		if d == (i == 3 || i == 7) {
			t.Errorf("item %d done: %v", i, d)
		}
	}
	if strings.Contains(out.String(), "broken file") {
		t.Errorf("progress says %q; the result says why items failed", out.String())
	}
}

func TestRunStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started := 0
	var items []Item
	for i := 0; i < 100; i++ {
		items = append(items, Item{Name: "x", Do: func(ctx context.Context) error {
			if started++; started == 5 {
				cancel()
			}
			return ctx.Err()
		}})
	}
	failures, err := Run(ctx, items, 1, nil)
	if !errors.Is(err, context.Canceled) || len(failures) != 0 || started > 6 {
		t.Errorf("%d started, %v, %v", started, failures, err)
	}
}

func TestLockSaysWhoHolds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	a, err := LockDir(dir, "first command")
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockDir(dir, "second")
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "first command") ||
		!strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second lock: %v", err)
	}
	a.Release()
	b, err := LockDir(dir, "third")
	if err != nil {
		t.Fatal(err)
	}
	b.Release()
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, "analysing", 10)
	clock := p.start
	p.now = func() time.Time { return clock }
	for i := 0; i < 10; i++ {
		clock = clock.Add(10 * time.Second)
		p.done(nil)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || lines[0] != "analysing 3/10, 0.1/s, 1m10s left" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}

func TestNaturalOrder(t *testing.T) {
	for _, c := range []struct{ a, b string }{{"sim_2", "sim_10"}, {"a", "b"}, {"x1y2", "x1y10"},
		{"S1_TA", "S10_TA"}, {"a", "a1"}, {"f01", "f2"}} {
		if !NaturalLess(c.a, c.b) || NaturalLess(c.b, c.a) {
			t.Errorf("%q should come before %q", c.a, c.b)
		}
	}
}

func TestFindFollowsTheLinkItIsGiven(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.MkdirAll(filepath.Join(real, "sim_0", ".hidden"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sim_0/a.h5", "sim_0/.hidden/b.h5"} {
		if err := os.WriteFile(filepath.Join(real, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	got, err := Find(link, func(string) bool { return true })
	if want := []string{filepath.Join(link, "sim_0", "a.h5")}; err != nil ||
		!reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}
