package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis/summary"
	"example.org/renshaw/pkg/exchange/convert"
	"example.org/renshaw/pkg/file/table"
)

var regen = flag.Bool("regen", false, "write docs/commands.md and docs/formats/columns.md anew")

// samePage compares a page that is made from the program with what is kept.
func samePage(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(testdata.Root(), "docs", name)
	if *regen {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/%s is not what the program says (%v); go test ./cmd/renshaw -run Reference "+
			"-regen writes it", name, err)
	}
}

func TestCommandReference(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard}
	var b strings.Builder
	b.WriteString("# Every command\n\nAs `renshaw COMMAND --help` says it. Every command has " +
		"`--json`, and ends with 0 (done), 1 (something failed; it says what), 2 (usage) or " +
		"130\n(interrupted; everything finished is kept).\n")
	var add func(c *cobra.Command)
	add = func(c *cobra.Command) {
		if c.Name() == "help" || c.Hidden {
			return
		}
		if c.HasParent() {
			long := c.Long
			if long == "" {
				long = c.Short
			}
			fmt.Fprintf(&b, "\n## %s\n\n```\n%s\n\n%s\n", c.CommandPath(), c.UseLine(), long)
			if flags := c.LocalFlags(); hasFlags(flags) {
				fmt.Fprintf(&b, "\n%s", flags.FlagUsages())
			}
			b.WriteString("```\n")
		}
		for _, s := range c.Commands() {
			add(s)
		}
	}
	add(a.root())
	samePage(t, "commands.md", b.String())
}

func hasFlags(f *pflag.FlagSet) bool {
	n := 0
	f.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && f.Name != "json" {
			n++
		}
	})
	return n > 0
}

func TestColumnReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Every column\n\nOf the tables that have a dictionary beside them " +
		"(`<table>.columns.json`); written from the program. The other tables: [tables](tables.md).\n")
	for _, part := range []struct {
		title   string
		columns []table.Column
	}{
		{"`MU_properties_*.csv` (renshaw convert)", convert.PropertyColumns},
		{"Experiment (renshaw summarize --kind experiment)", summary.ExperimentColumns()},
		{"Simulations (renshaw summarize --kind simulation)", summary.SimulationColumns()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n| column | meaning | unit |\n|---|---|---|\n", part.title)
		for _, c := range part.columns {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, strings.ReplaceAll(c.Meaning, "|", "\\|"),
				c.Unit)
		}
	}
	samePage(t, "formats/columns.md", b.String())
}
