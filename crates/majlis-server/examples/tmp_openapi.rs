fn main() {
    print!("{}", majlis_server::openapi_json());
}
