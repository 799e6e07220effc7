package table_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/file/table"
)

// Numbers are written with the shortest text that reads back exactly; NaN is an empty cell.
func ExampleTable_Write() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	t := &table.Table{Columns: []string{"unit", "rate", "fitted"}}
	t.Add("0", table.Float(9.3), table.Bool(true))
	t.Add("1", table.Float(math.NaN()), table.Bool(false))
	path := filepath.Join(dir, "units.csv")
	if err := t.Write(path); err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(path)
	fmt.Print(string(text))
	// Output:
	// unit,rate,fitted
	// 0,9.3,True
	// 1,,False
}

func ExampleTable_Need() {
	t := &table.Table{Columns: []string{"subject", "muscle_pair"}}
	_, err := t.Need("a.csv", "muscle")
	fmt.Println(err)
	// Output:
	// a.csv: column "muscle" is missing; the nearest is "muscle_pair" (it has: subject, muscle_pair)
}

// Arrays of any depth, as Python prints them.
func ExampleParseList() {
	fmt.Println(table.ParseList("[[1.5 0. ]\n [0. 0.25]]"))
	// Output: [1.5 0 0 0.25]
}
