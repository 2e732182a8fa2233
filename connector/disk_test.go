package connector

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
)

func TestAFullDiskIsNamedWithItsRemedy(t *testing.T) {
	for cause, full := range map[error]bool{syscall.ENOSPC: true, syscall.EDQUOT: true, syscall.EIO: false} {
		err := commitError("/data", fmt.Errorf("write: %w", cause))
		w := httptest.NewRecorder()
		writeFailure(w, err)
		if !errors.Is(err, cause) || strings.Contains(err.Error(), "make room on the disk of /data") != full ||
			(w.Code == http.StatusInsufficientStorage) != full {
			t.Errorf("%v became %v, answered with %d", cause, err, w.Code)
		}
	}
}
