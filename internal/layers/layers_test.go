// Package layers holds the test that docs/architecture.md tells the truth about imports.
package layers

import (
	"bytes"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
)

var regen = flag.Bool("regen", false, "draw docs/figures/architecture.svg anew")

const module = "example.org/renshaw/"

// layer is a row of the table in docs/architecture.md.
type layer struct {
	name     string
	packages []string
}

func documented(t *testing.T) []layer {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []layer
	for _, row := range regexp.MustCompile("(?m)^\\| ([a-z ]+) \\| (`.*`) \\|").FindAllStringSubmatch(string(text), -1) {
		l := layer{name: row[1]}
		for _, p := range strings.Split(row[2], ", ") {
			l.packages = append(l.packages, strings.Trim(p, "`"))
		}
		out = append(out, l)
	}
	return out
}

// imports maps every package of the program to those that it imports, tests left out.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	root := testdata.Root()
	out := map[string][]string{}
	files, err := filepath.Glob(filepath.Join(root, "cmd/renshaw/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, depth := range []string{"pkg/*/*.go", "pkg/*/*/*.go"} {
		found, _ := filepath.Glob(filepath.Join(root, depth))
		files = append(files, found...)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(root, filepath.Dir(f))
		name = strings.TrimPrefix(name, "pkg/")
		out[name] = append(out[name], []string{}...)
		for _, i := range parsed.Imports {
			if to, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module); ok && !slices.Contains(out[name], strings.TrimPrefix(to, "pkg/")) {
				out[name] = append(out[name], strings.TrimPrefix(to, "pkg/"))
			}
		}
	}
	return out
}

func TestImportsPointDown(t *testing.T) {
	layers := documented(t)
	at := map[string]int{}
	for i, l := range layers {
		for _, p := range l.packages {
			at[p] = i
		}
	}
	uses := imports(t)
	for p, list := range uses {
		if _, ok := at[p]; !ok {
			t.Errorf("docs/architecture.md does not name %s", p)
		}
		for _, to := range list {
			if !strings.HasPrefix(to, "internal/") && at[to] < at[p] {
				t.Errorf("%s (%s) imports %s (%s), which stands above it", p, layers[at[p]].name, to, layers[at[to]].name)
			}
		}
	}
	for p := range at {
		if _, ok := uses[p]; !ok {
			t.Errorf("docs/architecture.md names %s, which does not exist", p)
		}
	}
	path := filepath.Join(testdata.Root(), "docs", "figures", "architecture.svg")
	picture := draw(layers, uses)
	if *regen {
		if err := os.WriteFile(path, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, picture) {
		t.Errorf("docs/figures/architecture.svg is not of these imports (%v); go test ./internal/layers -regen draws it", err)
	}
}

// draw places the layers below each other and joins packages with those that they import, but
// for imports of the lowest layer, which everything uses.
func draw(layers []layer, uses map[string][]string) []byte {
	const wide, row, left = 1180, 66, 150
	type point struct{ x, y float64 }
	centre := map[string]point{}
	var boxes, lines bytes.Buffer
	for i, l := range layers {
		y := float64(20 + row*i)
		fmt.Fprintf(&boxes, `<text x="10" y="%.0f" class="layer">%s</text>`+"\n", y+18, l.name)
		step := float64(wide-left) / float64(len(l.packages))
		for k, p := range l.packages {
			w := min(step-8, float64(22+8*len(p)))
			c := point{left + step*(float64(k)+0.5), y + 14}
			centre[p] = c
			fmt.Fprintf(&boxes, `<rect x="%.1f" y="%.1f" width="%.1f" height="28" rx="5"/><text x="%.1f" y="%.1f" class="name">%s</text>`+"\n", c.x-w/2, y, w, c.x, y+18.5, p)
		}
	}
	ground := layers[len(layers)-1].packages
	names := make([]string, 0, len(uses))
	for p := range uses {
		names = append(names, p)
	}
	sort.Strings(names)
	for _, p := range names {
		for _, to := range uses[p] {
			a, ok1 := centre[p]
			b, ok2 := centre[to]
			if ok1 && ok2 && !slices.Contains(ground, to) {
				fmt.Fprintf(&lines, `<path d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f"/>`+"\n", a.x, a.y+14, a.x, a.y+34, b.x, b.y-34, b.x, b.y-14)
			}
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">
<style>rect{fill:#eef3fa;stroke:#1d4f91}path{fill:none;stroke:#8fa3c0;stroke-width:.8;opacity:.7}.name{font-size:13px;text-anchor:middle;fill:#1d2330}.layer{font-size:12px;fill:#5b6475}</style>
<rect width="%d" height="%d" style="fill:#fff;stroke:none"/>
%s%s</svg>
`, wide, 20+row*len(layers), wide, 20+row*len(layers), lines.String(), boxes.String())
	return out.Bytes()
}
