package job_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/run/job"
)

// A command that makes a file of every input, and a table of all.
func Example() {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	work := func(texts ...string) error {
		j, err := job.Open(dir, job.Options{Command: "count", Manifest: "manifest.json", Workers: 2})
		if err != nil {
			return err
		}
		defer j.Close()
		var items []job.Item
		for _, text := range texts {
			out := filepath.Join(dir, text+".txt")
			items = append(items, job.Item{
				Name: text, Output: out,
				Do: func(context.Context) error {
					if strings.ContainsAny(text, "0123456789") {
						return fmt.Errorf("%s: letters are expected", text)
					}
					return os.WriteFile(out, []byte(text), 0o644)
				},
			})
		}
		failures, err := j.Run(context.Background(), items)
		if err != nil {
			return err
		}
		fmt.Println(len(failures), "failed:", failures[0].Message)
		table := j.Stage("table.csv") // not seen before Commit
		if err := os.MkdirAll(filepath.Dir(table), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(table, []byte(strings.Join(texts, "\n")), 0o644); err != nil {
			return err
		}
		return j.Commit()
	}
	if err := work("one", "two", "3"); err != nil {
		fmt.Println(err)
	}
	m := job.ReadManifest(filepath.Join(dir, "manifest.json"))
	for _, o := range m.Outputs {
		fmt.Println(o.Path, o.SHA256[:8])
	}
	fmt.Println("complete:", m.Complete)
	// Output:
	// 1 failed: 3: letters are expected
	// one.txt 7692c3ad
	// table.csv 2261d500
	// two.txt 3fc4ccfe
	// complete: true
}

// Two runs on one folder exclude each other; the second one says who works there.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	opt := job.Options{Command: "infer", Line: "renshaw infer est x.csv -o out",
		Manifest: "manifest.json"}
	first, err := job.Open(dir, opt)
	if err != nil {
		panic(err)
	}
	defer first.Close()
	_, err = job.Open(dir, opt)
	fmt.Println(strings.Contains(err.Error(), "(renshaw infer est x.csv -o out)"))
	// Output: true
}

// A folder whose run was interrupted is not read.
func ExampleReady() {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	text := `{"command": "infer", "complete": false}`
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(text), 0o644); err != nil {
		panic(err)
	}
	_, err = job.Ready(dir, "manifest.json")
	fmt.Println(strings.TrimPrefix(err.Error(), dir+": "))
	// Output: interrupted before its files were complete: run renshaw infer again
}
