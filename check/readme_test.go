package check_test

import (
	"os"
	"strings"
	"testing"

	"hermod/check"
)

func TestTheReadmeNamesEverySubject(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	ofConnector, ofGateway, found := strings.Cut(string(page), "\n## A gateway\n")
	if !found {
		t.Fatal("the part about gateways is gone")
	}
	connector, gateway := check.List()
	for text, checks := range map[string][]check.Check{ofConnector: connector, ofGateway: gateway} {
		for _, c := range checks {
			subject, _, _ := strings.Cut(c.Name, ".")
			if !strings.Contains(text, "`"+subject+".*`") {
				t.Errorf("%s is in no row", c.Name)
			}
		}
	}
}
