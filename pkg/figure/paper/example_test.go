package paper_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"example.org/renshaw/pkg/figure/paper"
)

func ExampleFigures() {
	for _, f := range paper.Figures() {
		fmt.Println(f.Name)
	}
	// Output:
	// fig2
	// fig3
	// fig4
	// fig4c
	// fig5a
	// fig5b
	// fig5c
	// secondary
}

// A figure whose files a study lacks names them.
func ExampleFigure_Draw() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	f, _ := paper.FigureNamed("fig5a")
	_, err = f.Draw(context.Background(), &paper.Study{Dir: dir}, dir)
	var missing *paper.Missing
	if errors.As(err, &missing) {
		fmt.Println(missing.Name, "needs one of:")
		for _, f := range missing.Files {
			fmt.Println(f)
		}
	}
	// Output:
	// fig5a needs one of:
	// posterior_samples_each_subject.csv
	// posterior_samples_subjects_grouped_df.csv
}
