// Package layers holds the tests that docs/architecture.md tells the truth about imports.
package layers

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
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

// Limits of the drawn structure: more of either and a newcomer cannot keep it in mind.
const (
	maxRooms  = 14
	maxArrows = 60
)

// room is a row of the table in docs/architecture.md: a top folder of pkg/ with its packages.
// A package may import those further right in its row and those of rows below.
type room struct {
	name     string
	packages []string
}

func documented(t *testing.T) []room {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata.Root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []room
	row := regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| ((?:`[a-z0-9./]+` ?)+) \\|")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		r := room{name: strings.TrimSuffix(m[1], "/")}
		for _, p := range strings.Fields(m[2]) {
			r.packages = append(r.packages, path.Join(r.name, strings.Trim(p, "`")))
		}
		out = append(out, r)
	}
	return out
}

// imports maps every package of the program to those of it that it imports, tests left out. Names
// are those of folders below pkg/.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}",
		"./cmd/...", "./pkg/...")
	list.Dir = testdata.Root()
	text, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	short := func(p string) string {
		return strings.TrimPrefix(strings.TrimPrefix(p, module), "pkg/")
	}
	out := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		fields := strings.Fields(line)
		p := short(fields[0])
		out[p] = []string{}
		for _, to := range fields[1:] {
			if strings.HasPrefix(to, module) && !strings.HasPrefix(to, module+"internal/") {
				out[p] = append(out[p], short(to))
			}
		}
	}
	return out
}

// top is the room of a package.
func top(p string) string { return strings.SplitN(p, "/", 2)[0] }

func TestImportsPointDown(t *testing.T) {
	type place struct{ row, column int }
	at := map[string]place{}
	rooms := documented(t)
	for i, r := range rooms {
		for k, p := range r.packages {
			at[p] = place{i, k}
		}
	}
	uses := imports(t)
	for p, list := range uses {
		from, ok := at[p]
		if !ok {
			t.Errorf("docs/architecture.md does not name %s", p)
			continue
		}
		for _, other := range list {
			to := at[other]
			if to.row < from.row {
				t.Errorf("%s imports %s, whose room stands above it", p, other)
			}
			if to.row == from.row && to.column < from.column {
				t.Errorf("%s imports %s, which stands left of it in its room", p, other)
			}
		}
	}
	for p := range at {
		if _, ok := uses[p]; !ok {
			t.Errorf("docs/architecture.md names %s, which does not exist", p)
		}
	}
	arrows := between(uses)
	if n := len(rooms) - 1; n > maxRooms {
		t.Errorf("%d rooms in pkg/, at most %d", n, maxRooms)
	}
	if len(arrows) > maxArrows {
		t.Errorf("%d arrows between rooms, at most %d", len(arrows), maxArrows)
	}
	t.Logf("%d rooms in pkg/, %d arrows between rooms (cmd included)", len(rooms)-1, len(arrows))
	file := filepath.Join(testdata.Root(), "docs", "figures", "architecture.svg")
	picture := draw(rooms, arrows)
	if *regen {
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, picture) {
		t.Errorf("docs/figures/architecture.svg is not of these imports (%v): "+
			"renew it with go test ./internal/layers -regen", err)
	}
}

// The notebooks' kernel finds imports by package name and picks one in silence where two packages
// share a name.
func TestPackageNamesAreUnique(t *testing.T) {
	list := exec.Command("go", "list", "-f", "{{.Name}} {{.ImportPath}}", "./pkg/...",
		"./estimators/...")
	list.Dir = testdata.Root()
	text, err := list.Output()
	if err != nil && len(text) == 0 {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		name, p, _ := strings.Cut(line, " ")
		if seen[name] != "" {
			t.Errorf("%s and %s are both called %s", seen[name], p, name)
		}
		seen[name] = p
	}
}

// between lists the pairs of different rooms that an import joins, sorted.
func between(uses map[string][]string) [][2]string {
	var out [][2]string
	for p, list := range uses {
		for _, to := range list {
			if a := [2]string{top(p), top(to)}; a[0] != a[1] && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i][0]+" "+out[i][1] < out[j][0]+" "+out[j][1] })
	return out
}

// floors gives every room the lowest floor that stands above all that it imports.
func floors(rooms []room, arrows [][2]string) map[string]int {
	floor := map[string]int{}
	for i := len(rooms) - 1; i >= 0; i-- {
		for _, a := range arrows {
			if a[0] == rooms[i].name {
				floor[a[0]] = max(floor[a[0]], floor[a[1]]+1)
			}
		}
	}
	return floor
}

// draw places the rooms on their floors, the packages inside them, and joins rooms that import
// each other.
func draw(rooms []room, arrows [][2]string) []byte {
	const wide, high, gap, margin = 1180, 66, 34, 20
	floor := floors(rooms, arrows)
	highest := 0
	for _, f := range floor {
		highest = max(highest, f)
	}
	on := make([][]room, highest+1)
	for _, r := range rooms {
		on[floor[r.name]] = append(on[floor[r.name]], r)
	}
	type box struct{ x, y, w float64 }
	at := map[string]box{}
	var boxes, lines bytes.Buffer
	for f, list := range on {
		y := float64(margin + (highest-f)*(high+gap))
		step := float64(wide-2*margin) / float64(len(list))
		for k, r := range list {
			b := box{margin + step*float64(k) + 8, y, step - 16}
			at[r.name] = b
			fmt.Fprintf(&boxes, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="7"/>`+"\n",
				b.x, b.y, b.w, high)
			fmt.Fprintf(&boxes, `<text x="%.1f" y="%.1f" class="room">%s</text>`+"\n",
				b.x+10, b.y+20, r.name)
			for i, line := range wrapped(r, int((b.w-20)/6.6)) {
				fmt.Fprintf(&boxes, `<text x="%.1f" y="%.1f" class="name">%s</text>`+"\n",
					b.x+10, b.y+38+15*float64(i), line)
			}
		}
	}
	for _, a := range arrows {
		from, to := at[a[0]], at[a[1]]
		x0, y0, x1, y1 := from.x+from.w/2, from.y+high, to.x+to.w/2, to.y
		fmt.Fprintf(&lines, `<path d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f"/>`+"\n",
			x0, y0, x0, y0+gap, x1, y1-gap, x1, y1)
	}
	tall := 2*margin + (highest+1)*(high+gap) - gap
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" `+
		`font-family="sans-serif">
<style>rect{fill:#eef3fa;stroke:#1d4f91}path{fill:none;stroke:#5b7db1;stroke-width:1;opacity:.45}
.room{font-size:15px;font-weight:bold;fill:#1d2330}.name{font-size:12px;fill:#3d4657}</style>
<rect width="%d" height="%d" style="fill:#fff;stroke:none"/>
%s%s</svg>
`, wide, tall, wide, tall, lines.String(), boxes.String())
	return out.Bytes()
}

// wrapped lists the packages of a room in lines of at most n characters.
func wrapped(r room, n int) []string {
	var out []string
	line := ""
	for _, p := range r.packages {
		name := strings.TrimPrefix(p, r.name+"/")
		if p == r.name {
			continue
		}
		if line != "" && len(line)+1+len(name) > n {
			out = append(out, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + name)
	}
	return append(out, line)
}
