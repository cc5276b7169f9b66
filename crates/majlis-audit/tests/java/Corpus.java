import java.io.*;
import java.net.URLDecoder;
import java.nio.file.*;
import java.sql.*;
import java.util.*;
import javax.servlet.ServletException;
import javax.servlet.http.*;
import org.owasp.esapi.ESAPI;

class Corpus extends HttpServlet {
    private Connection db;
    private org.springframework.jdbc.core.JdbcTemplate template;

    void cookieLoop(HttpServletRequest request, HttpServletResponse response) throws Exception {
        Cookie[] cookies = request.getCookies();
        String param = "none";
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals("vector")) {
                    param = URLDecoder.decode(cookie.getValue(), "UTF-8");
                    break;
                }
            }
        }
        String bar = param;
        if (param != null && param.length() > 1) {
            bar = param.substring(0, param.length() - 1);
        }
        db.createStatement().executeUpdate("INSERT INTO t VALUES ('" + bar + "')"); // sql
    }

    void headers(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String param = "";
        Enumeration<String> headers = request.getHeaders("vector");
        if (headers != null && headers.hasMoreElements()) {
            param = headers.nextElement();
        }
        param = URLDecoder.decode(param, "UTF-8");
        response.getWriter().print(param.toCharArray()); // html
    }

    void names(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String param = "";
        boolean go = true;
        Enumeration<String> names = request.getParameterNames();
        while (names.hasMoreElements() && go) {
            String name = names.nextElement();
            String[] values = request.getParameterValues(name);
            if (values != null) {
                for (int i = 0; i < values.length && go; i++) {
                    if (values[i].equals("vector")) {
                        param = name;
                        go = false;
                    }
                }
            }
        }
        response.getWriter().write("x" + param); // html
    }

    void mapOfParams(HttpServletRequest request, HttpServletResponse response) throws Exception {
        Map<String, String[]> map = request.getParameterMap();
        String param = "";
        if (!map.isEmpty()) {
            String[] values = map.get("vector");
            if (values != null) param = values[0];
        }
        String sql = "SELECT * FROM u WHERE n='" + param + "'";
        Statement s = db.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
        s.addBatch(sql); // sql
        int[] counts = s.executeBatch();
    }

    void query(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String query = request.getQueryString();
        String start = "vector=";
        int at = -1;
        if (query != null) at = query.indexOf(start);
        if (at == -1) { response.getWriter().println("no parameter"); return; }
        String param = query.substring(at + start.length());
        int amp = query.indexOf("&", at);
        if (amp != -1) param = query.substring(at + start.length(), amp);
        param = URLDecoder.decode(param, "UTF-8");
        template.batchUpdate("DELETE FROM t WHERE a='" + param + "'"); // sql
    }

    private static class Helper {
        String doSomething(HttpServletRequest request, String param) {
            StringBuilder b = new StringBuilder(param);
            String bar = b.append("_suffix").toString();
            return bar;
        }
        String safe(String param) {
            String bar = "alsosafe";
            if (param != null) {
                List<String> list = new ArrayList<String>();
                list.add("safe");
                list.add(param);
                list.add("moresafe");
                list.remove(0);
                bar = list.get(1);
            }
            return bar;
        }
        String unsafe(String param) {
            List<String> list = new ArrayList<String>();
            list.add("safe");
            list.add(param);
            list.add("moresafe");
            list.remove(0);
            return list.get(0);
        }
        String mapSafe(String param) {
            HashMap<String, Object> map = new HashMap<String, Object>();
            map.put("a", "value");
            map.put("b", param);
            map.put("c", "another");
            String bar = (String) map.get("b");
            bar = (String) map.get("a");
            return bar;
        }
        String mapUnsafe(String param) {
            HashMap<String, Object> map = new HashMap<String, Object>();
            map.put("a", "value");
            map.put("b", param.toString());
            return (String) map.get("b");
        }
        String switched(String param) {
            String bar;
            String guess = "ABC";
            char target = guess.charAt(2);
            switch (target) {
                case 'A': bar = param; break;
                case 'B': bar = "bob"; break;
                case 'C':
                case 'D': bar = "charlie"; break;
                default: bar = param; break;
            }
            return bar;
        }
        String switchedUnsafe(String param) {
            String bar;
            String guess = "ABC";
            char target = guess.charAt(1);
            switch (target) {
                case 'A': bar = "a"; break;
                case 'B': bar = param; break;
                default: bar = "c"; break;
            }
            return bar;
        }
        String ternary(String param) {
            int num = 106;
            return (7 * 18) + num > 200 ? "always" : param;
        }
        String base64(String param) {
            return new String(org.apache.commons.codec.binary.Base64.decodeBase64(
                org.apache.commons.codec.binary.Base64.encodeBase64(param.getBytes())));
        }
    }

    void helper(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String param = request.getParameter("v");
        String bar = new Helper().doSomething(request, param);
        Runtime r = Runtime.getRuntime();
        Process p = r.exec("echo " + bar); // command
        String[] env = { "A=" + new Helper().unsafe(param) };
        r.exec(new String[] { "sh" }, env, new File("/tmp")); // command
        r.exec("echo " + new Helper().safe(param));
        r.exec("echo " + new Helper().mapSafe(param));
        r.exec("echo " + new Helper().mapUnsafe(param)); // command
        r.exec("echo " + new Helper().switched(param));
        r.exec("echo " + new Helper().switchedUnsafe(param)); // command
        r.exec("echo " + new Helper().ternary(param));
        r.exec("echo " + new Helper().base64(param)); // command
    }

    interface Thing { String doSomething(String in); }
    static class Thing1 implements Thing { public String doSomething(String in) { return in; } }
    static class Factory { static Thing make() { return new Thing1(); } }

    void things(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String param = request.getHeader("v");
        Thing thing = Factory.make();
        String bar = thing.doSomething(param);
        FileOutputStream out = new FileOutputStream(new File("/data/" + bar), false); // path
        InputStream in = Files.newInputStream(Paths.get("/data/" + bar), StandardOpenOption.READ); // path
        String encoded = ESAPI.encoder().encodeForHTML(bar);
        response.getWriter().println("file " + encoded);
        response.getWriter().println("file " + bar); // html
        java.io.File f = new java.io.File(new java.net.URI("file:///" + bar.replace('\\', '/')));
        if (f.exists()) response.getWriter().write("there"); // path
    }

    void prepared(HttpServletRequest request) throws Exception {
        String bar = request.getParameter("v");
        PreparedStatement statement = db.prepareStatement("SELECT * FROM t WHERE a=? AND b='" + "fixed" + "'");
        statement.setString(1, bar);
        statement.execute();
        CallableStatement call = db.prepareCall("{call " + bar + "}"); // sql
        call.executeQuery();
        List<String> all = template.query("SELECT * FROM t WHERE a='" + bar + "'", (rs, n) -> rs.getString(1)); // sql
        String found = template.queryForObject("SELECT a FROM t WHERE b=?", new Object[] { bar }, String.class);
    }

    void session(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String bar = request.getParameterValues("v")[0];
        request.getSession().setAttribute("userid", bar); // trust_boundary
        request.getSession().putValue("10340", "fixed");
        Object[] obj = { "a", "b" };
        response.getWriter().format(bar, obj); // html format
        response.getWriter().printf(Locale.US, "Formatted %s", new Object[] { "a", bar }); // html
    }

    void xpathLdap(HttpServletRequest request) throws Exception {
        String bar = request.getParameter("v");
        javax.xml.xpath.XPathFactory xpf = javax.xml.xpath.XPathFactory.newInstance();
        javax.xml.xpath.XPath xp = xpf.newXPath();
        String expression = "/E/e[@id='" + bar + "']";
        String result = xp.evaluate(expression, new org.xml.sax.InputSource(new StringReader("<a/>"))); // xpath
        javax.naming.directory.DirContext ctx = new javax.naming.directory.InitialDirContext();
        Object[] args = new Object[] { "a", "b" };
        ctx.search("ou=u", "(&(uid=" + bar + "))", args, new javax.naming.directory.SearchControls()); // ldap
        javax.naming.directory.InitialDirContext idc = (javax.naming.directory.InitialDirContext) ctx;
        idc.search("ou=u", "(&(uid=" + bar + "))", new javax.naming.directory.SearchControls()); // ldap
    }

    void process(HttpServletRequest request) throws Exception {
        String param = request.getParameter("v");
        List<String> args = new ArrayList<String>();
        args.add("sh");
        args.add("-c");
        args.add("echo " + param);
        ProcessBuilder pb = new ProcessBuilder(args); // command
        pb.start();
        ProcessBuilder later = new ProcessBuilder();
        List<String> more = new ArrayList<String>();
        more.add(param);
        later.command(more); // command
        String[] fixed = { "ls", "-l" };
        new ProcessBuilder(fixed).start();
    }

    void hash(Properties props) throws Exception {
        String algorithm = props.getProperty("hashAlg", "MD5"); // weak-hash
        java.security.MessageDigest md = java.security.MessageDigest.getInstance(algorithm);
        java.security.MessageDigest d2 = java.security.MessageDigest.getInstance("sha-384", "SUN");
        java.security.Provider[] provider = java.security.Security.getProviders();
        java.security.MessageDigest d3 = provider.length > 1 ? java.security.MessageDigest.getInstance("SHA1", provider[0]) : null; // weak-hash
        String cipher = props.getProperty("cryptoAlg", "DES/ECB/PKCS5Padding"); // weak-cipher
        javax.crypto.Cipher c = javax.crypto.Cipher.getInstance(cipher);
    }
}
