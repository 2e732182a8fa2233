//go:build !unix

package deliver

func descriptors() int { return maxDescriptors }
