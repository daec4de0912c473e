package storagetest

var random = []promise{}
