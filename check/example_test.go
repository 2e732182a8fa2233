package check_test

import (
	"context"
	"fmt"

	"hermod/check"
	"hermod/connector"
)

// A test of a connector in Go has it checked as it is.
func Example() {
	c, err := connector.Start(connector.Config{}) // or your own
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close(context.Background()) }()

	suite, err := check.Connector(check.ConnectorTarget{URL: c.URL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer suite.Close()
	report := suite.Run(context.Background(), check.Options{Only: []string{"hello.*", "lines.*"}})
	for _, r := range report.Results {
		if r.Verdict == check.Broken {
			fmt.Printf("%s: %s\n%s", r.Name, r.Reason, r.Evidence())
		}
	}
	fmt.Println(report.Count(check.OK), "ok,", report.Count(check.Broken), "broken")
	// Output: 18 ok, 0 broken
}
