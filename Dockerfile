# Two stages: the toolchain builds one static program, the image holds it and nothing else.
#
#   docker build -t olle .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges -p 8080:8080 -v olle:/data olle
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG RELEASE=development
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=${RELEASE}" -o /olle ./cmd/olle && mkdir /data

FROM scratch
# Certificates for the networks' APIs; zones are inside the program.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /olle /olle
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV OLLE_DATA_DIR=/data OLLE_HTTP_ADDR=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
# The program asks itself over its local socket: there is no shell and no curl in the image.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["/olle", "doctor", "-ready"]
ENTRYPOINT ["/olle"]
CMD ["serve"]
